// What the explorer's tabs hold at first. An operation's name is its tab's name.
// `tests/clients` checks each against schema.graphql and runs it against the seed newsroom.
// The first has no variables: GraphiQL 5 shows those of later tabs only.

/** @type {{ query: string, variables?: Record<string, unknown> }[]} */
export const examples = [
  {
    query: `# The newest releases, a page at a time.
# For the next: after: "the endCursor of this one".
# Ctrl-Enter runs it; Ctrl-Space completes.
query FrontPage {
  releases(first: 5) {
    totalCount
    nodes {
      title
      publishingDate
      type { name }
      offices { name }
      themes { name }
      lead
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# Several values of one filter mean any of them,
# different filters mean all of them. A theme takes
# its sub-themes along; a range includes both days.
query Filtered($filter: ReleaseFilter) {
  releases(
    filter: $filter
    orderBy: OLDEST
    first: 10
  ) {
    totalCount
    nodes {
      title
      publishingDate
      offices { slug }
      themes { slug }
    }
  }
}
`,
    variables: {
      filter: {
        offices: ['osce-presence-in-albania', 'osce-office-for-democratic-institutions-and-human-rights'],
        types: ['news'],
        publishedFrom: '2024-11-21',
        publishedTo: '2024-11-22',
      },
    },
  },
  {
    query: `# "None" is one more value of a filter:
# releases on elections, or on no theme at all.
query ElectionsOrNoTheme {
  releases(
    filter: { themes: ["elections"], withoutTheme: true }
  ) {
    totalCount
    nodes {
      title
      themes { name }
    }
  }
}
`,
  },
  {
    query: `# Where we are, what we do, and the kinds of release:
# the slugs that the filters take.
query Filters {
  offices { slug name kind closed }
  themes { slug name children { slug name } }
  contentTypes { slug name }
}
`,
  },
  {
    query: `# One office, and what it published last.
query Office($slug: String!) {
  office(slug: $slug) {
    name
    releases(first: 3) {
      totalCount
      nodes { title publishingDate url }
    }
  }
}
`,
    variables: { slug: 'osce-presence-in-albania' },
  },
  {
    query: `# What stands at a public address: a release, a
# redirect to where it is now, or the tombstone of one
# that was removed. A locale that a release lacks falls
# back to the original; "locale" says which you got.
query Address($slug: String!) {
  address(slug: $slug, locale: "en") {
    __typename
    ... on Release {
      id
      title
      lead
      body(format: HTML)
      locale
      availableLocales
      publishedAt
      updatedAt
      withdrawal { at notice }
      changeNotes { at note }
      attachments { title url mediaType length }
    }
  }
}
`,
    variables: { slug: 'criminal-justice-in-central-asia-focus-of-biennial-forum-in-astana' },
  },
];
