// A newsroom's page, as a team that works with Relay would write it: fragments for its parts, one query for all.
import { graphql } from 'relay-runtime';

/** The page. What is searched for comes with the filter. */
export const page = graphql`
  query NewsroomPageQuery($filter: ReleaseFilter, $orderBy: ReleaseOrder, $locale: Locale, $first: Int, $last: Int) {
    ...NewsroomPage_list @arguments(filter: $filter, orderBy: $orderBy, locale: $locale, first: $first, last: $last)
  }
`;

/** The list, which grows at both ends, and what there is to choose beside it. */
export const list = graphql`
  fragment NewsroomPage_list on Query
  @refetchable(queryName: "NewsroomPageListQuery")
  @argumentDefinitions(
    filter: { type: "ReleaseFilter" }
    orderBy: { type: "ReleaseOrder" }
    locale: { type: "Locale" }
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    releases(
      filter: $filter
      orderBy: $orderBy
      locale: $locale
      first: $first
      after: $after
      last: $last
      before: $before
    ) @connection(key: "NewsroomPage_releases", filters: ["filter", "orderBy", "locale"]) {
      totalCount
      edges {
        node {
          id
          ...NewsroomPage_card
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      facets {
        ...NewsroomPage_choices
      }
    }
  }
`;

/** A release as the list shows it. What a search is to mark in it goes here. */
export const card = graphql`
  fragment NewsroomPage_card on Release {
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
`;

/** What there is to choose beside the list, each with its count. */
export const choices = graphql`
  fragment NewsroomPage_choices on ReleaseFacets {
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
      theme {
        id
        slug
        name
      }
      count
      selected
      children {
        theme {
          id
          slug
          name
        }
        count
        selected
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
`;
