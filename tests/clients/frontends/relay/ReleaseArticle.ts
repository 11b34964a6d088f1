// A release's own page, and an office's, each of which can be asked for anew by its id.
import { graphql } from 'relay-runtime';

export const article = graphql`
  query ReleaseArticleQuery($slug: String!, $locale: Locale) {
    release(slug: $slug, locale: $locale) {
      id
      ...ReleaseArticle_release
    }
  }
`;

/** Relay itself makes the query by which it is asked for anew, through `node`: in its original's locale. */
export const release = graphql`
  fragment ReleaseArticle_release on Release @refetchable(queryName: "ReleaseArticleRefetchQuery") {
    id
    slug
    title
    locale
    publishingDate
    body
  }
`;

/** A site in several languages asks for it in the reader's. */
export const again = graphql`
  query ReleaseArticleAgainQuery($id: ID!, $locale: Locale) {
    release(id: $id, locale: $locale) {
      ...ReleaseArticle_release
    }
  }
`;

export const office = graphql`
  query ReleaseArticleOfficeQuery($slug: String!, $locale: Locale, $first: Int!) {
    office(slug: $slug) {
      id
      name(locale: $locale)
      ...ReleaseArticle_office @arguments(locale: $locale, first: $first)
    }
  }
`;

/** An office's own list, which grows through `node`. */
export const ofOffice = graphql`
  fragment ReleaseArticle_office on Office
  @refetchable(queryName: "ReleaseArticleOfficeListQuery")
  @argumentDefinitions(locale: { type: "Locale" }, first: { type: "Int!" }, after: { type: "String" }) {
    releases(first: $first, after: $after, locale: $locale)
      @connection(key: "ReleaseArticle_releases", filters: ["locale"]) {
      totalCount
      edges {
        node {
          id
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;
