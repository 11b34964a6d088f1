// A newsroom's page with urql, by its document cache and by Graphcache, against a running server:
//
//   PRESS_EMAIL=… PRESS_PASSWORD=… npm run urql http://127.0.0.1:8080
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cacheExchange, Client, type CombinedError, type Exchange, fetchExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange as graphcache } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { buildSchema, introspectionFromSchema, isObjectType } from 'graphql';
import {
  CreateRelease,
  NewsroomPage,
  PublishTranslation,
  Refreshed,
  RefreshSession,
  ReleaseCard,
  ReleasePage,
} from './documents';
import { unmask } from './generated';
import type { NewsroomPageQueryVariables } from './generated/graphql';
import { bare, complaints, draft, everyId, goLive, idsOf, page, publish, recorded, signIn, url } from './newsroom';

const said = complaints();

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));

/** Types without an id live within what has them, and have no record of their own. */
const embedded = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => !type.name.startsWith('__') && !type.getFields().id)
  .map((type) => [type.name, () => null] as const);

/** What docs/clients.md says: pages are joined, and what somebody publishes makes lists be asked for anew. */
const normalized = () =>
  graphcache({
    schema: introspectionFromSchema(schema),
    keys: Object.fromEntries(embedded),
    resolvers: { Query: { releases: relayPagination() } },
    updates: {
      Mutation: {
        publishTranslation(_result, _args, cache) {
          for (const { fieldName, fieldKey } of cache.inspectFields('Query')) {
            if (fieldName === 'releases') cache.invalidate('Query', fieldKey);
          }
        },
      },
    },
  });

/** A client as a site has it, with one cache or the other; what it sends is kept. */
function newClient(cache: Exchange, ...behind: Exchange[]) {
  const { requests, fetch } = recorded();
  const client = new Client({ url, fetch, preferGetMethod: false, exchanges: [cache, ...behind, fetchExchange] });
  const list = async (
    variables: NewsroomPageQueryVariables,
    requestPolicy: 'cache-first' | 'network-only' = 'cache-first',
  ) => {
    const { data, error } = await client.query(NewsroomPage, variables, { requestPolicy }).toPromise();
    if (error) throw error;
    assert.ok(data);
    return data.releases;
  };
  return { client, list, requests };
}

/** A list on a page, as somebody looks at it: what it has come to. */
function watched(client: Client, variables: NewsroomPageQueryVariables) {
  let heard = () => {};
  let shown: string[] = [];
  let firstTitle: string | undefined;
  const watching = client.query(NewsroomPage, variables).subscribe(({ data, error }) => {
    if (error) throw error;
    if (data) {
      shown = idsOf(data.releases);
      firstTitle = unmask(ReleaseCard, data.releases.edges[0]?.node)?.title;
    }
    heard();
  });
  return {
    ids: () => shown,
    firstTitle: () => firstTitle,
    async until(reached: () => boolean) {
      let late = () => {};
      const deadline = setTimeout(() => late(), 10_000);
      while (!reached()) {
        await new Promise<void>((resolve, reject) => {
          heard = resolve;
          late = () => reject(new Error('what was to be shown never was'));
        });
      }
      clearTimeout(deadline);
    },
    leave: () => watching.unsubscribe(),
  };
}

for (const [name, cache] of [
  ['document cache', () => cacheExchange],
  ['Graphcache', normalized],
] as const) {
  test(`${name}: one query draws the page, and the cache gives it back as it came`, async () => {
    for (const variables of [
      { first: 3 },
      { first: 3, filter: { types: ['news'], withoutTheme: true } },
      { first: 3, filter: { themes: ['elections'], publishedFrom: '2024-01-01', publishedTo: '2024-12-31' } },
      { first: 3, orderBy: 'OLDEST' as const, locale: 'en' },
    ]) {
      const { list, requests } = newClient(cache());
      const expected = await page(variables);
      assert.deepEqual(bare(await list(variables)), expected);
      assert.deepEqual(bare(await list(variables)), expected);
      assert.equal(requests.length, 1, 'a list that is in the cache was asked for again');
    }
  });
}

test('document cache: pages are lists of their own, and come to the whole', async () => {
  const every = await everyId();
  const { list, requests } = newClient(cacheExchange);
  const gather = async () => {
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const releases: Awaited<ReturnType<typeof list>> = await list({ first: 2, after });
      ids.push(...idsOf(releases));
      after = releases.pageInfo.hasNextPage ? releases.pageInfo.endCursor : null;
    } while (after !== null && ids.length <= every.length);
    return ids;
  };
  assert.deepEqual(await gather(), every);
  const sent = requests.length;
  assert.deepEqual(await gather(), every);
  assert.equal(requests.length, sent);
});

test('Graphcache: pages join into the whole list, forward, while somebody publishes', async () => {
  const before = await everyId();
  const { list } = newClient(normalized());
  let releases = await list({ first: 2 });
  const added = await publish('Published while urql pages');
  for (let turn = 0; releases.pageInfo.hasNextPage && turn < before.length; turn += 1) {
    releases = await list({ first: 2, after: releases.pageInfo.endCursor });
  }
  assert.deepEqual(idsOf(releases), before);

  // What is new is in a list that begins anew.
  assert.deepEqual(idsOf(await newClient(normalized()).list({ first: 2 })), [added.id, before[0]]);
});

test('Graphcache: pages join into the whole list, backward', async () => {
  const every = await everyId();
  const { list } = newClient(normalized());
  let releases = await list({ last: 2 });
  assert.deepEqual(idsOf(releases), every.slice(-2));
  for (let turn = 0; releases.pageInfo.hasPreviousPage && turn < every.length; turn += 1) {
    releases = await list({ last: 2, before: releases.pageInfo.startCursor });
  }
  assert.deepEqual(idsOf(releases), every);
});

test('Graphcache: lists of other filters and orders are other lists', async () => {
  const every = await everyId();
  const { list } = newClient(normalized());
  const first = await list({ first: 2, orderBy: 'OLDEST' });
  const joined = await list({ first: 2, orderBy: 'OLDEST', after: first.pageInfo.endCursor });
  assert.deepEqual(idsOf(joined), [...every].reverse().slice(0, 4));
  assert.deepEqual(idsOf(await list({ first: 2, orderBy: 'NEWEST' })), every.slice(0, 2));
  const filter = { types: ['news'] };
  assert.deepEqual(idsOf(await list({ first: 2, filter })), idsOf(await page({ first: 2, filter })));
});

test('Graphcache: a release is one record, wherever it was asked for', async () => {
  const release = await publish('One record with urql');
  const { client, requests } = newClient(normalized());
  const list = watched(client, { first: 2 });
  await list.until(() => list.firstTitle() === 'One record with urql');

  // A page that asks for it by its address or its id renews it in the list as well.
  await release.retitle('Retitled once');
  const { data } = await client.query(ReleasePage, { slug: release.slug }).toPromise();
  assert.equal(data?.release?.id, release.id);
  await list.until(() => list.firstTitle() === 'Retitled once');
  await release.retitle('Retitled twice');
  await client.query(Refreshed, { id: release.id }).toPromise();
  await list.until(() => list.firstTitle() === 'Retitled twice');
  assert.equal(requests.length, 3);
  list.leave();
});

test('a refusal comes with its code and what is at fault', async () => {
  const { client } = newClient(normalized());
  const refusal = async (variables: NewsroomPageQueryVariables) => {
    const { error } = await client.query(NewsroomPage, variables).toPromise();
    assert.equal(error?.networkError, undefined, String(error?.networkError));
    return error?.graphQLErrors.map(({ extensions, path }) => ({
      code: extensions.code,
      fields: extensions.fields,
      path,
    }));
  };
  const fault = 'there is no office “nowhere”: take a slug from the list of all';
  assert.deepEqual(await refusal({ first: 1, filter: { offices: ['nowhere'] } }), [
    {
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'filter.offices.0', code: 'UNKNOWN_SLUG', message: fault }],
      path: ['releases'],
    },
  ]);
  assert.deepEqual(
    (await refusal({ first: 1, after: 'made up' }))?.map(({ code }) => code),
    ['INVALID_CURSOR'],
  );

  // What is refused before it runs has the status 4xx, and is a refusal like any other.
  for (const headers of [undefined, { authorization: 'Bearer made-up' }]) {
    const context = headers ? { fetchOptions: { headers } } : {};
    const { error } = await client.mutation(CreateRelease, { input: draft('Nobody may') }, context).toPromise();
    assert.equal(error?.networkError, undefined, String(error?.networkError));
    assert.deepEqual(
      error?.graphQLErrors.map(({ extensions }) => extensions.code),
      ['UNAUTHENTICATED'],
    );
  }
});

const refusedWith = (error: CombinedError, code: string) =>
  error.graphQLErrors.some(({ extensions }) => extensions.code === code);

/**
 * Somebody who is signed in, and whose access token is renewed when it is over. It is renewed without the old one: a token
 * that does not hold refuses whatever it is sent with.
 */
const signedIn = (session: { accessToken?: string; refreshToken: string }) =>
  authExchange(async (auth) => ({
    addAuthToOperation: (operation) =>
      session.accessToken
        ? auth.appendHeaders(operation, { authorization: `Bearer ${session.accessToken}` })
        : operation,
    didAuthError: (error) => refusedWith(error, 'UNAUTHENTICATED'),
    async refreshAuth() {
      delete session.accessToken;
      const { data, error } = await auth.mutate(RefreshSession, { input: { refreshToken: session.refreshToken } });
      if (error) throw error;
      if (data) session = data.refreshSession;
    },
  }));

for (const { name, cache, context } of [
  // The document cache knows what an answer had in it, and a mutation's has the desk's side of a release.
  { name: 'document cache', cache: () => cacheExchange, context: { additionalTypenames: ['Release'] } },
  { name: 'Graphcache', cache: normalized, context: {} },
]) {
  test(`${name}: what somebody publishes who is signed in is in the list that is shown`, async () => {
    const every = await everyId();
    const { client, requests } = newClient(cache(), signedIn(await signIn()));
    const list = watched(client, { first: 2 });
    await list.until(() => list.ids().length > 0);
    const { data } = await client.mutation(CreateRelease, { input: draft(`Published by urql: ${name}`) }).toPromise();
    assert.ok(data);
    const sent = requests.length;
    const published = await client
      .mutation(PublishTranslation, { input: goLive(data.createRelease) }, context)
      .toPromise();
    assert.equal(published.error, undefined);
    await list.until(() => list.ids()[0] === data.createRelease.release.id);
    assert.deepEqual(list.ids(), [data.createRelease.release.id, every[0]]);
    assert.equal(requests.length, sent + 2, 'the mutation, and the list that it made stale');
    list.leave();
  });
}

test('an access token that is over is renewed, and what it was for is sent again', async () => {
  const { refreshToken } = await signIn();
  const { client, requests } = newClient(cacheExchange, signedIn({ accessToken: 'over', refreshToken }));
  const { data, error } = await client.mutation(CreateRelease, { input: draft('Once renewed') }).toPromise();
  assert.equal(error, undefined);
  assert.ok(data);
  assert.deepEqual(
    requests.map(({ body }) => body?.operationName),
    ['CreateRelease', 'RefreshSession', 'CreateRelease'],
  );
});

test('a question that is given up is given up on the wire', async () => {
  const { client, requests } = newClient(cacheExchange);
  const asked = client.query(NewsroomPage, { first: 3 }).subscribe(() => assert.fail('an answer to what was given up'));
  await new Promise((later) => setImmediate(later));
  asked.unsubscribe();
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.signal?.aborted, true);
});

test('the client has nothing to complain of', () => assert.deepEqual(said, []));
