// What a newsroom's page asks, as any frontend team would write it. graphql-codegen reads these documents and types
// them; Apollo Client, urql and plain fetch send the very same ones.
import { graphql } from './generated';

/** A release as a list shows it. What a search is to mark in it goes here. */
export const ReleaseCard = graphql(`
  fragment ReleaseCard on Release {
    id
    slug
    url
    title
    lead
    locale
    publishingDate
    publishedAt
    type {
      id
      slug
      name
    }
    offices {
      id
      slug
      name
    }
    themes {
      id
      slug
      name
    }
    withdrawal {
      at
      notice
    }
  }
`);

/** What there is to choose beside the list, each with its count. */
export const NewsroomChoices = graphql(`
  fragment NewsroomChoices on ReleaseFacets {
    offices(first: 10) {
      office {
        id
        slug
        name
      }
      count
      selected
    }
    themes {
      ...ThemeChoice
      children {
        ...ThemeChoice
      }
    }
    types {
      type {
        id
        slug
        name
      }
      count
      selected
    }
    years {
      year
      count
      selected
      months {
        month
        count
        selected
      }
    }
    locales {
      locale
      count
      selected
    }
    none {
      offices {
        count
        selected
      }
      themes {
        count
        selected
      }
      types {
        count
        selected
      }
    }
  }
`);

export const ThemeChoice = graphql(`
  fragment ThemeChoice on ThemeFacet {
    theme {
      id
      slug
      name
    }
    count
    selected
  }
`);

/**
 * The page: list, total and choices of one moment. `edges`, not `nodes`: it is edges that the clients' caches join.
 * What is searched for comes with the filter.
 */
export const NewsroomPage = graphql(`
  query NewsroomPage(
    $filter: ReleaseFilter
    $orderBy: ReleaseOrder
    $locale: Locale
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    releases(
      filter: $filter
      orderBy: $orderBy
      locale: $locale
      first: $first
      after: $after
      last: $last
      before: $before
    ) {
      totalCount
      lastModified
      edges {
        cursor
        node {
          id
          ...ReleaseCard
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      facets {
        ...NewsroomChoices
      }
    }
  }
`);

/** A release's own page. */
export const ReleasePage = graphql(`
  query ReleasePage($slug: String!, $locale: Locale) {
    release(slug: $slug, locale: $locale) {
      id
      ...ReleaseCard
      body
      attachments {
        url
        title
        length
      }
    }
  }
`);

/** One release, or whatever else has an id, to show it as it is now. */
export const Refreshed = graphql(`
  query Refreshed($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Release {
        ...ReleaseCard
      }
    }
  }
`);

/** What is at an address: a release, where it has gone, or why it is no more. */
export const AtAddress = graphql(`
  query AtAddress($slug: String!, $locale: Locale) {
    address(slug: $slug, locale: $locale) {
      __typename
      ... on Release {
        ...ReleaseCard
      }
      ... on Redirect {
        slug
      }
      ... on Tombstone {
        removedAt
        reason
      }
    }
  }
`);

export const SignIn = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      accessToken
      refreshToken
      expiresIn
    }
  }
`);

export const RefreshSession = graphql(`
  mutation RefreshSession($input: RefreshSessionInput!) {
    refreshSession(input: $input) {
      accessToken
      refreshToken
    }
  }
`);

export const CreateRelease = graphql(`
  mutation CreateRelease($input: CreateReleaseInput!) {
    createRelease(input: $input) {
      version
      release {
        id
        state
        slug
        originalLocale
      }
    }
  }
`);

export const PublishTranslation = graphql(`
  mutation PublishTranslation($input: PublishTranslationInput!) {
    publishTranslation(input: $input) {
      version
      sequence
      release {
        id
        state
        slug
        originalLocale
      }
    }
  }
`);

export const UpdateTranslation = graphql(`
  mutation UpdateTranslation($input: UpdateTranslationInput!) {
    updateTranslation(input: $input) {
      version
    }
  }
`);

export const AddTranslation = graphql(`
  mutation AddTranslation($input: AddTranslationInput!) {
    addTranslation(input: $input) {
      version
    }
  }
`);
