// What an editor's tool does with Relay.
import { graphql } from 'relay-runtime';

export const create = graphql`
  mutation DeskCreateMutation($input: CreateReleaseInput!) {
    createRelease(input: $input) {
      version
      release {
        id
        state
        slug
        originalLocale
        translations {
          id
          locale
        }
      }
    }
  }
`;

export const goesLive = graphql`
  mutation DeskPublishMutation($input: PublishTranslationInput!) {
    publishTranslation(input: $input) {
      version
      release {
        id
        state
        slug
        originalLocale
        withdrawal {
          at
        }
        translations {
          id
          locale
        }
      }
    }
  }
`;

/** What readers have of it: the same ids, behind other types. */
export const public_ = graphql`
  query DeskPublicQuery($slug: String!) {
    release(slug: $slug) {
      id
      slug
      withdrawal {
        at
      }
      translations {
        id
        locale
        title
      }
    }
  }
`;
