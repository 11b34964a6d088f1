// A newsroom's page with Apollo Client, against a running server:
//
//   PRESS_EMAIL=… PRESS_PASSWORD=… npm run apollo http://127.0.0.1:8080
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { __DEV__ } from '@apollo/client/utilities/environment';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { CreateRelease, NewsroomPage, PublishTranslation, Refreshed, ReleaseCard, ReleasePage } from './documents';
import { unmask } from './generated';
import type { NewsroomPageQuery, NewsroomPageQueryVariables } from './generated/graphql';
import { bare, complaints, draft, everyId, goLive, idsOf, page, publish, recorded, signIn, url } from './newsroom';

const said = complaints();

/** What docs/clients.md says: a list for each filter, order and locale, whose pages are joined. */
const newCache = () =>
  new InMemoryCache({
    possibleTypes: {
      Node: ['Release', 'Translation', 'Office', 'Theme', 'ContentType'],
      Address: ['Release', 'Redirect', 'Tombstone'],
    },
    typePolicies: { Query: { fields: { releases: relayStylePagination(['filter', 'orderBy', 'locale']) } } },
  });

/** A client as a site has it, its link's first part given where it has one; what it sends is kept. */
function newClient(...before: ApolloLink[]) {
  const { requests, fetch } = recorded();
  const client = new ApolloClient({
    link: ApolloLink.from([...before, new HttpLink({ uri: url, fetch })]),
    cache: newCache(),
  });
  return { client, requests };
}

test('one query draws the page, and the cache gives it back as it came', async () => {
  const { client, requests } = newClient();
  for (const variables of [
    { first: 3 },
    { first: 3, filter: { types: ['news'], withoutTheme: true } },
    { first: 3, filter: { themes: ['elections'], publishedFrom: '2024-01-01', publishedTo: '2024-12-31' } },
    { first: 3, orderBy: 'OLDEST' as const, locale: 'en' },
  ]) {
    const expected = await page(variables);
    const { data } = await client.query({ query: NewsroomPage, variables });
    assert.deepEqual(bare(data?.releases), expected);
    const sent = requests.length;
    const again = await client.query({ query: NewsroomPage, variables });
    assert.deepEqual(bare(again.data?.releases), expected);
    assert.equal(requests.length, sent, 'a list that is in the cache was asked for again');
  }
});

/** A list on a page, as somebody looks at it. */
function watched(client: ApolloClient, variables: NewsroomPageQueryVariables) {
  const list = client.watchQuery({ query: NewsroomPage, variables });
  const watching = list.subscribe(() => {});
  const shown = () => {
    const { data, dataState } = list.getCurrentResult();
    assert.equal(dataState, 'complete', 'the list is not in the cache as a whole');
    return (data as NewsroomPageQuery).releases;
  };
  const settled = () => firstValueFrom(list.pipe(filter(({ loading }) => !loading)));
  return {
    shown,
    settled,
    ids: () => idsOf(shown()),
    firstTitle: () => unmask(ReleaseCard, shown().edges[0]?.node)?.title,
    /** Waits until something that is shown comes to what it is to be. */
    until: (reached: () => boolean) => firstValueFrom(list.pipe(filter(reached), timeout(10_000))),
    more: () => list.fetchMore({ variables: { after: shown().pageInfo.endCursor } }).then(settled),
    earlier: () => list.fetchMore({ variables: { before: shown().pageInfo.startCursor } }).then(settled),
    refetch: () => list.refetch().then(settled),
    leave: () => watching.unsubscribe(),
  };
}

test('pages join into the whole list, forward, while somebody publishes', async () => {
  const before = await everyId();
  const list = watched(newClient().client, { first: 2 });
  await list.settled();
  const added = await publish('Published while Apollo Client pages');
  for (let turn = 0; list.shown().pageInfo.hasNextPage && turn < before.length; turn += 1) await list.more();
  assert.deepEqual(list.ids(), before);

  // Asked for anew, the list begins with what is new, and has nothing twice.
  await list.refetch();
  assert.deepEqual(list.ids(), [added.id, before[0]]);
  assert.equal(list.shown().totalCount, before.length + 1);
  for (let turn = 0; list.shown().pageInfo.hasNextPage && turn < before.length; turn += 1) await list.more();
  assert.deepEqual(list.ids(), [added.id, ...before]);
  list.leave();
});

test('pages join into the whole list, backward', async () => {
  const every = await everyId();
  const list = watched(newClient().client, { last: 2 });
  await list.settled();
  assert.deepEqual(list.ids(), every.slice(-2));
  for (let turn = 0; list.shown().pageInfo.hasPreviousPage && turn < every.length; turn += 1) await list.earlier();
  assert.deepEqual(list.ids(), every);
  list.leave();
});

test('lists of other filters and orders are other lists', async () => {
  const every = await everyId();
  const { client } = newClient();
  const newest = watched(client, { first: 2 });
  const oldest = watched(client, { first: 2, orderBy: 'OLDEST' });
  const news = watched(client, { first: 2, filter: { types: ['news'] } });
  await Promise.all([newest, oldest, news].map((list) => list.settled()));
  await oldest.more();
  assert.deepEqual(newest.ids(), every.slice(0, 2));
  assert.deepEqual(oldest.ids(), [...every].reverse().slice(0, 4));
  assert.deepEqual(news.ids(), idsOf(await page({ first: 2, filter: { types: ['news'] } })));
  for (const list of [newest, oldest, news]) list.leave();
});

test('a release is one record, wherever it was asked for', async () => {
  const release = await publish('One record with Apollo Client');
  const { client, requests } = newClient();
  const list = watched(client, { first: 2 });
  await list.settled();
  assert.equal(list.firstTitle(), 'One record with Apollo Client');

  // A page that asks for it by its address or its id renews it in the list as well.
  await release.retitle('Retitled once');
  const { data } = await client.query({ query: ReleasePage, variables: { slug: release.slug } });
  assert.equal(data?.release?.id, release.id);
  await list.until(() => list.firstTitle() === 'Retitled once');
  await release.retitle('Retitled twice');
  await client.query({ query: Refreshed, variables: { id: release.id } });
  await list.until(() => list.firstTitle() === 'Retitled twice');
  assert.equal(requests.length, 3);
  list.leave();
});

test('with a client for each locale, each reader has their text', async () => {
  const release = await publish('In two languages, says Apollo Client', { ru: 'На двух языках' });
  const clients = { en: newClient().client, ru: newClient().client };
  const lists = [watched(clients.en, { first: 1, locale: 'en' }), watched(clients.ru, { first: 1, locale: 'ru' })];
  await Promise.all(lists.map((list) => list.settled()));
  const shown = lists.map((list) => unmask(ReleaseCard, list.shown().edges[0]?.node));
  assert.deepEqual(
    shown.map((card) => card && [card.id, card.locale, card.title]),
    [
      [release.id, 'en', 'In two languages, says Apollo Client'],
      [release.id, 'ru', 'На двух языках'],
    ],
  );
  for (const list of lists) list.leave();
});

test('a refusal comes with its code and what is at fault', async () => {
  const { client } = newClient();
  const refusal = async (variables: NewsroomPageQueryVariables) => {
    const error: unknown = await client.query({ query: NewsroomPage, variables }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    return error.errors.map(({ extensions, path }) => ({ code: extensions?.code, fields: extensions?.fields, path }));
  };
  const fault = 'there is no office “nowhere”: take a slug from the list of all';
  assert.deepEqual(await refusal({ first: 1, filter: { offices: ['nowhere'] } }), [
    {
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'filter.offices.0', code: 'UNKNOWN_SLUG', message: fault }],
      path: ['releases'],
    },
  ]);
  const [cursor] = await refusal({ first: 1, after: 'made up' });
  assert.equal(cursor?.code, 'INVALID_CURSOR');

  // What is refused before it runs has the status 4xx, and is a refusal like any other.
  const variables = { input: draft('Nobody may') };
  for (const token of [undefined, 'made-up']) {
    const context = token ? { headers: { authorization: `Bearer ${token}` } } : {};
    const error: unknown = await client.mutate({ mutation: CreateRelease, variables, context }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
  }
});

test('what somebody publishes who is signed in is in the list that is asked for after it', async () => {
  const every = await everyId();
  const { accessToken } = await signIn();
  const signedIn = new SetContextLink(() => ({ headers: { authorization: `Bearer ${accessToken}` } }));
  const { client } = newClient(signedIn);
  const list = watched(client, { first: 2 });
  await list.settled();
  const { data } = await client.mutate({
    mutation: CreateRelease,
    variables: { input: draft('Published by Apollo Client') },
  });
  assert.ok(data);
  await client.mutate({
    mutation: PublishTranslation,
    variables: { input: goLive(data.createRelease) },
    refetchQueries: [NewsroomPage],
    awaitRefetchQueries: true,
  });
  assert.deepEqual(list.ids(), [data.createRelease.release.id, every[0]]);
  assert.equal(list.shown().totalCount, every.length + 1);
  list.leave();
});

test('a question that is given up is given up on the wire', async () => {
  const { client, requests } = newClient();
  const giveUp = new AbortController();
  const asked = client.query({
    query: NewsroomPage,
    variables: { first: 3 },
    context: { fetchOptions: { signal: giveUp.signal } },
  });
  giveUp.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  assert.deepEqual(client.extract(), {}, 'something of it is in the cache');

  // So does whoever leaves the page.
  const list = client.watchQuery({ query: NewsroomPage, variables: { first: 2 } });
  list.subscribe(() => {}).unsubscribe();
  await new Promise((later) => setImmediate(later));
  assert.equal(requests.at(-1)?.signal?.aborted, true);
});

test('persisted queries: the hash goes first, by GET, and the text after it where it is not known', async () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const { client, requests } = newClient(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }));
  const { data } = await client.query({ query: NewsroomPage, variables: { first: 3 } });
  assert.deepEqual(bare(data?.releases), await page({ first: 3 }));
  const [hashed, whole] = requests;
  assert.equal(hashed?.method, 'GET');
  assert.equal(hashed.url.searchParams.get('query'), null);
  const { persistedQuery } = JSON.parse(hashed.url.searchParams.get('extensions') ?? '{}') as {
    persistedQuery: { sha256Hash: string };
  };
  assert.match(persistedQuery.sha256Hash, /^[0-9a-f]{64}$/);
  assert.equal(sha256(String(whole?.body?.query)), persistedQuery.sha256Hash);
});

test('the client has nothing to complain of', () => {
  assert.ok(__DEV__, 'only its development build complains: node --conditions=development');
  assert.deepEqual(said, []);
});
