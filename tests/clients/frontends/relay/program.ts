// A newsroom's page with Relay, as its compiler and its runtime have it, against a running server:
//
//   PRESS_EMAIL=… PRESS_PASSWORD=… npm run relay-runtime http://127.0.0.1:8080
//
// What `usePaginationFragment` and `useRefetchableFragment` do is done here without React, by the same parts of
// relay-runtime.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getFragment,
  getPaginationFragment,
  getPaginationMetadata,
  getPaginationVariables,
  getRefetchMetadata,
  getRequest,
  getSingularSelector,
  type GraphQLTaggedNode,
  type MutationParameters,
  Network,
  Observable,
  type OperationType,
  RecordSource,
  Store,
  type Variables,
} from 'relay-runtime';
import { ReleaseCard } from '../documents';
import { unmask } from '../generated';
import {
  bare,
  complaints,
  draft,
  everyId,
  goLive,
  idsOf,
  page as wire,
  publish,
  recorded,
  signIn,
  url,
} from '../newsroom';
import type { DeskCreateMutation } from './__generated__/DeskCreateMutation.graphql';
import type { DeskPublicQuery } from './__generated__/DeskPublicQuery.graphql';
import type { DeskPublishMutation } from './__generated__/DeskPublishMutation.graphql';
import type { NewsroomPage_card$key } from './__generated__/NewsroomPage_card.graphql';
import type { NewsroomPage_choices$key } from './__generated__/NewsroomPage_choices.graphql';
import type { NewsroomPage_list$data, NewsroomPage_list$key } from './__generated__/NewsroomPage_list.graphql';
import type { NewsroomPageQuery, NewsroomPageQuery$variables } from './__generated__/NewsroomPageQuery.graphql';
import type {
  ReleaseArticle_office$data,
  ReleaseArticle_office$key,
} from './__generated__/ReleaseArticle_office.graphql';
import type { ReleaseArticle_release$key } from './__generated__/ReleaseArticle_release.graphql';
import type { ReleaseArticleAgainQuery } from './__generated__/ReleaseArticleAgainQuery.graphql';
import type { ReleaseArticleOfficeQuery } from './__generated__/ReleaseArticleOfficeQuery.graphql';
import type { ReleaseArticleQuery } from './__generated__/ReleaseArticleQuery.graphql';
import { create, goesLive, public_ } from './Desk';
import { card, choices, list, page } from './NewsroomPage';
import { again, article, office, ofOffice, release as articleRelease } from './ReleaseArticle';

const said = complaints();

interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; fields?: { path: string; code: string; message: string }[] };
}

/** What the newsroom said no to. Relay leaves it to the network's function what becomes of errors. */
class Refused extends Error {
  readonly errors: GraphqlError[];

  constructor(errors: GraphqlError[]) {
    super(errors.map(({ message }) => message).join('; '));
    this.errors = errors;
  }
}

/** An environment as a site has it, for a reader or for somebody who is signed in; what it sends is kept. */
function newEnvironment(token?: string) {
  const { requests, fetch } = recorded();
  const network = Network.create((request, variables) =>
    Observable.create((sink) => {
      const giveUp = new AbortController();
      fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: request.text, operationName: request.name, variables }),
        signal: giveUp.signal,
      })
        .then((answer) => answer.json())
        .then((answer) => {
          if (answer.errors) throw new Refused(answer.errors);
          sink.next(answer);
          sink.complete();
        })
        .catch((error: Error) => {
          if (!giveUp.signal.aborted) sink.error(error);
        });
      return () => giveUp.abort();
    }),
  );
  const environment = new Environment({
    network,
    store: new Store(new RecordSource()),
    // A release at the desk has the id of the readers' release, and is another record.
    getDataID: (value, type) => (value.id == null ? undefined : `${type}:${value.id}`),
  });
  return { environment, requests };
}

type Key<Data> = { readonly ' $data'?: Data; readonly ' $fragmentSpreads': unknown };

/** What a part of the page is shown from: all of it has to be there. */
function read<Data>(environment: Environment, fragment: GraphQLTaggedNode, key: Key<Data>): Data {
  const selector = getSingularSelector(getFragment(fragment), key);
  assert.ok(selector);
  const { data, isMissingData } = environment.lookup(selector);
  assert.equal(isMissingData, false, 'something is missing in the store');
  return data as Data;
}

/** Asks, and keeps what is answered for as long as the test runs, as a mounted page does. */
async function load<Query extends OperationType>(
  environment: Environment,
  query: GraphQLTaggedNode,
  variables: Query['variables'],
): Promise<Query['response']> {
  environment.retain(createOperationDescriptor(getRequest(query), variables));
  const data = await fetchQuery<Query>(environment, query, variables).toPromise();
  assert.ok(data);
  return data;
}

/** A connection that grows, as `usePaginationFragment` has it: by the query that the compiler made for its fragment. */
function growing<Data>(environment: Environment, fragment: GraphQLTaggedNode, key: Key<Data>) {
  const node = getPaginationFragment(fragment);
  const selector = node && getSingularSelector(node, key);
  assert.ok(selector);
  const { paginationRequest, paginationMetadata, identifierField } = getPaginationMetadata(node, 'a page');
  return async (direction: 'forward' | 'backward', count: number, cursor: string | null | undefined) => {
    const variables: Variables = getPaginationVariables(
      direction,
      count,
      cursor,
      selector.variables,
      {},
      paginationMetadata,
    );
    // A fragment on something else than Query is found again by its id.
    const data = environment.lookup(selector).data as Record<string, unknown>;
    const found = identifierField ? { ...variables, id: data[identifierField] } : variables;
    await fetchQuery(environment, paginationRequest, found).toPromise();
  };
}

/** The newsroom's list, as somebody looks at it. */
async function opened(environment: Environment, variables: NewsroomPageQuery$variables) {
  const key = await load<NewsroomPageQuery>(environment, page, variables);
  const grow = growing<NewsroomPage_list$data>(environment, list, key);
  const shown = () => read(environment, list, key as NewsroomPage_list$key).releases;
  return {
    shown,
    ids: () => idsOf(shown()),
    firstTitle: () =>
      shown()
        .edges.slice(0, 1)
        .map((edge) => read(environment, card, edge.node as NewsroomPage_card$key).title)[0],
    more: () => grow('forward', 2, shown().pageInfo.endCursor),
    earlier: () => grow('backward', 2, shown().pageInfo.startCursor),
    refetch: () => load<NewsroomPageQuery>(environment, page, variables),
  };
}

test('one query draws the page, and the store gives it back as it came', async () => {
  for (const variables of [
    { first: 3 },
    { first: 3, filter: { types: ['news'], withoutTheme: true } },
    { first: 3, filter: { themes: ['elections'], publishedFrom: '2024-01-01', publishedTo: '2024-12-31' } },
    { first: 3, orderBy: 'OLDEST' as const, locale: 'en' },
  ]) {
    const expected = bare(await wire(variables));
    const { environment, requests } = newEnvironment();
    const { shown } = await opened(environment, variables);
    const { totalCount, pageInfo, edges, facets } = shown();
    assert.equal(totalCount, expected.totalCount);
    assert.deepEqual(pageInfo, expected.pageInfo);
    assert.deepEqual(
      edges.map((edge) => read(environment, card, edge.node as NewsroomPage_card$key)),
      expected.edges.map((edge) => edge.node),
    );
    assert.deepEqual(read(environment, choices, facets as NewsroomPage_choices$key), expected.facets);
    assert.equal(requests.length, 1);
  }
});

test('pages join into the whole list, forward, while somebody publishes', async () => {
  const before = await everyId();
  const newsroom = await opened(newEnvironment().environment, { first: 2 });
  const added = await publish('Published while Relay pages');
  for (let turn = 0; newsroom.shown().pageInfo.hasNextPage && turn < before.length; turn += 1) await newsroom.more();
  assert.deepEqual(newsroom.ids(), before);

  // Asked for anew, the list begins with what is new, and has nothing twice.
  await newsroom.refetch();
  assert.deepEqual(newsroom.ids(), [added.id, before[0]]);
  assert.equal(newsroom.shown().totalCount, before.length + 1);
  for (let turn = 0; newsroom.shown().pageInfo.hasNextPage && turn < before.length; turn += 1) await newsroom.more();
  assert.deepEqual(newsroom.ids(), [added.id, ...before]);
});

test('pages join into the whole list, backward', async () => {
  const every = await everyId();
  const newsroom = await opened(newEnvironment().environment, { last: 2 });
  assert.deepEqual(newsroom.ids(), every.slice(-2));
  for (let turn = 0; newsroom.shown().pageInfo.hasPreviousPage && turn < every.length; turn += 1)
    await newsroom.earlier();
  assert.deepEqual(newsroom.ids(), every);
});

test('lists of other filters and orders are other lists', async () => {
  const every = await everyId();
  const { environment } = newEnvironment();
  const newest = await opened(environment, { first: 2 });
  const oldest = await opened(environment, { first: 2, orderBy: 'OLDEST' });
  const news = await opened(environment, { first: 2, filter: { types: ['news'] } });
  await oldest.more();
  assert.deepEqual(newest.ids(), every.slice(0, 2));
  assert.deepEqual(oldest.ids(), [...every].reverse().slice(0, 4));
  assert.deepEqual(news.ids(), idsOf(await wire({ first: 2, filter: { types: ['news'] } })));
});

test("an office's list grows through node, in the reader's language", async () => {
  const slug = 'osce-secretariat';
  await publish('An older one of the office', { ru: 'Постарше' });
  await publish('The newest of the office', { ru: 'Самое новое' });
  const { edges } = await wire({ first: 100, filter: { offices: [slug] }, locale: 'ru' });
  const expected = edges.map(({ node }) => bare(unmask(ReleaseCard, node)).title);
  assert.deepEqual(expected.slice(0, 2), ['Самое новое', 'Постарше']);
  const { environment, requests } = newEnvironment();
  const found = await load<ReleaseArticleOfficeQuery>(environment, office, { slug, locale: 'ru', first: 1 });
  assert.ok(found.office);
  const key = found.office as ReleaseArticle_office$key;
  const grow = growing<ReleaseArticle_office$data>(environment, ofOffice, key);
  const shown = () => read(environment, ofOffice, key).releases;
  for (let turn = 0; shown().pageInfo.hasNextPage && turn < expected.length; turn += 1) {
    await grow('forward', 1, shown().pageInfo.endCursor);
  }
  assert.deepEqual(
    shown().edges.map(({ node }) => node.title),
    expected,
  );
  assert.equal(shown().totalCount, expected.length);
  assert.match(String(requests.at(-1)?.body?.query), /node\(id: \$id\)/);
});

test('a release is one record, and is asked for anew by its id', async () => {
  const release = await publish('One record with Relay', { ru: 'Одна запись' });
  const { environment } = newEnvironment();
  const newsroom = await opened(environment, { first: 2 });
  assert.equal(newsroom.firstTitle(), 'One record with Relay');
  const { release: found } = await load<ReleaseArticleQuery>(environment, article, { slug: release.slug });
  assert.equal(found?.id, release.id);

  // By the query that the compiler made, and by one that says in which language.
  const { refetchableRequest, identifierInfo } = getRefetchMetadata(getFragment(articleRelease), 'an article');
  assert.equal(identifierInfo?.identifierQueryVariableName, 'id');
  await release.retitle('Retitled');
  await fetchQuery(environment, refetchableRequest, { id: release.id }).toPromise();
  assert.equal(read(environment, articleRelease, found as ReleaseArticle_release$key).title, 'Retitled');
  assert.equal(newsroom.firstTitle(), 'Retitled');
  const russian = newEnvironment().environment;
  const asked = await load<ReleaseArticleAgainQuery>(russian, again, { id: release.id, locale: 'ru' });
  assert.equal(read(russian, articleRelease, asked.release as ReleaseArticle_release$key).title, 'Одна запись');
});

const refusal = async (asked: Promise<unknown>) => {
  const error: unknown = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refused, String(error));
  return error.errors.map(({ extensions, path }) => ({ ...extensions, path }));
};

test('a refusal comes with its code and what is at fault', async () => {
  const { environment } = newEnvironment();
  const ask = (variables: NewsroomPageQuery$variables) =>
    refusal(load<NewsroomPageQuery>(environment, page, variables));
  const fault = 'there is no office “nowhere”: take a slug from the list of all';
  assert.deepEqual(await ask({ first: 1, filter: { offices: ['nowhere'] } }), [
    {
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'filter.offices.0', code: 'UNKNOWN_SLUG', message: fault }],
      path: ['releases'],
    },
  ]);
  for (const token of [undefined, 'made-up']) {
    const nobody = newEnvironment(token).environment;
    const [refused] = await refusal(mutate<DeskCreateMutation>(nobody, create, { input: draft('Nobody may') }));
    assert.equal(refused?.code, 'UNAUTHENTICATED');
  }
});

const mutate = <Mutation extends MutationParameters>(
  environment: Environment,
  mutation: GraphQLTaggedNode,
  variables: Mutation['variables'],
) =>
  new Promise<Mutation['response']>((onCompleted, onError) =>
    commitMutation<Mutation>(environment, { mutation, variables, onCompleted, onError }),
  );

test('what somebody publishes who is signed in is in the list that is asked for after it', async () => {
  const every = await everyId();
  const { environment } = newEnvironment((await signIn()).accessToken);
  const newsroom = await opened(environment, { first: 2 });
  const { createRelease } = await mutate<DeskCreateMutation>(environment, create, {
    input: draft('Published by Relay'),
  });
  const { publishTranslation } = await mutate<DeskPublishMutation>(environment, goesLive, {
    input: goLive(createRelease),
  });
  await newsroom.refetch();
  assert.deepEqual(newsroom.ids(), [createRelease.release.id, every[0]]);
  assert.equal(newsroom.shown().totalCount, every.length + 1);

  // The desk's side of a release and the readers' have one id, and are two records.
  const slug = publishTranslation.release.slug ?? '';
  const { release } = await load<DeskPublicQuery>(environment, public_, { slug });
  assert.equal(release?.id, createRelease.release.id);
  assert.deepEqual(
    release?.translations.map(({ locale, title }) => [locale, title]),
    [['en', 'Published by Relay']],
  );
});

test('a question that is given up is given up on the wire', async () => {
  const { environment, requests } = newEnvironment();
  const asked = fetchQuery<NewsroomPageQuery>(environment, page, { first: 3 }).subscribe({
    next: () => assert.fail('an answer to what was given up'),
  });
  asked.unsubscribe();
  assert.equal(requests[0]?.signal?.aborted, true);
});

test('the client has nothing to complain of', () => assert.deepEqual(said, []));
