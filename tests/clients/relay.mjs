// Pages through the releases of a running server with a client that frontend teams use (urql):
//
//   node relay.mjs http://127.0.0.1:8080/graphql
//
// Forward and backward, in both orders, the pages join into one list without a gap or a double, as the Relay
// connection specification (https://relay.dev/graphql/connections.htm) has it. Then runs the explorer's examples.
import assert from 'node:assert/strict';
import { Client, fetchExchange, gql } from '@urql/core';
import { examples } from '../../explorer/src/examples.js';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node relay.mjs GRAPHQL_URL');
  process.exit(2);
}

const clients = {
  POST: new Client({ url, exchanges: [fetchExchange], preferGetMethod: false }),
  GET: new Client({ url, exchanges: [fetchExchange], preferGetMethod: 'force' }),
};
let client = clients.POST;

async function ask(query, variables = {}) {
  const { data, error } = await client.query(query, variables).toPromise();
  if (error) throw error;
  return data;
}

const PAGE = gql`
  query Page($first: Int, $after: String, $last: Int, $before: String, $orderBy: ReleaseOrder) {
    releases(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
      totalCount
      edges {
        cursor
        node {
          id
          publishedAt
        }
      }
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`;

const page = async (variables) => (await ask(PAGE, variables)).releases;
const ids = (edges) => edges.map((edge) => edge.node.id);

/** What holds of every page, wherever it lies. */
function check(connection, size) {
  assert.ok(connection.edges.length <= size, 'a page is longer than asked for');
  assert.deepEqual(connection.nodes.map((node) => node.id), ids(connection.edges), 'nodes and edges differ');
  assert.equal(connection.pageInfo.startCursor ?? null, connection.edges.at(0)?.cursor ?? null, 'startCursor');
  assert.equal(connection.pageInfo.endCursor ?? null, connection.edges.at(-1)?.cursor ?? null, 'endCursor');
}

/** No more pages than this, should an end never come. */
const BOUND = 50;

async function forward(orderBy, first) {
  const edges = [];
  let after;
  for (let turn = 0; turn < BOUND; turn += 1) {
    const connection = await page({ orderBy, first, after });
    check(connection, first);
    edges.push(...connection.edges);
    if (!connection.pageInfo.hasNextPage) return edges;
    assert.equal(connection.edges.length, first, 'a page with a next one is not full');
    after = connection.pageInfo.endCursor;
  }
  throw new Error(`paging forward did not end within ${BOUND} pages`);
}

async function backward(orderBy, last) {
  const edges = [];
  let before;
  for (let turn = 0; turn < BOUND; turn += 1) {
    const connection = await page({ orderBy, last, before });
    check(connection, last);
    edges.unshift(...connection.edges);
    if (!connection.pageInfo.hasPreviousPage) return edges;
    assert.equal(connection.edges.length, last, 'a page with a previous one is not full');
    before = connection.pageInfo.startCursor;
  }
  throw new Error(`paging backward did not end within ${BOUND} pages`);
}

async function pages(method) {
  client = clients[method];
  const all = await page({ first: 100 });
  check(all, 100);
  assert.ok(all.edges.length > 3, 'too few releases to page through: serve the seed newsroom (--demo)');
  assert.equal(all.totalCount, all.edges.length, 'totalCount is not the length of the list');
  assert.equal(new Set(ids(all.edges)).size, all.edges.length, 'a release is listed twice');
  assert.equal(all.pageInfo.hasNextPage, false);
  const times = all.edges.map((edge) => Date.parse(edge.node.publishedAt));
  assert.deepEqual(times, [...times].sort((a, b) => b - a), 'the newest is not first');

  const newest = ids(all.edges);
  const orders = { NEWEST: newest, OLDEST: [...newest].reverse() };
  for (const [orderBy, expected] of Object.entries(orders)) {
    for (const size of [1, 2, 3, expected.length, expected.length + 1]) {
      assert.deepEqual(ids(await forward(orderBy, size)), expected, `forward by ${size}, ${orderBy}, ${method}`);
      assert.deepEqual(ids(await backward(orderBy, size)), expected, `backward by ${size}, ${orderBy}, ${method}`);
    }
  }

  // Each edge's cursor is good by itself, both ways.
  for (const [index, edge] of all.edges.entries()) {
    assert.deepEqual(ids((await page({ first: 100, after: edge.cursor })).edges), newest.slice(index + 1));
    assert.deepEqual(ids((await page({ last: 100, before: edge.cursor })).edges), newest.slice(0, index));
  }

  // An empty page is a page.
  assert.deepEqual((await page({ first: 0 })).edges, []);
  return newest;
}

const newest = await pages('POST');
assert.deepEqual(await pages('GET'), newest);

client = clients.POST;
const { node, nodes } = await ask(
  gql`
    query Nodes($id: ID!, $ids: [ID!]!) {
      node(id: $id) {
        __typename
        id
      }
      nodes(ids: $ids) {
        id
      }
    }
  `,
  { id: newest[0], ids: [...newest].reverse() },
);
assert.deepEqual(node, { __typename: 'Release', id: newest[0] });
assert.deepEqual(nodes.map((found) => found.id), [...newest].reverse(), 'nodes(ids:) keeps the order asked for');

for (const { query, variables } of examples) await ask(query, variables);

console.log(`paged through ${newest.length} releases, both ways, in both orders, by POST and GET`);
