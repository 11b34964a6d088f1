// What a running server says of itself by introspection has to be schema.graphql: some tools read the one, some the other.
//
//   node introspection.mjs http://127.0.0.1:8080/graphql
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node introspection.mjs GRAPHQL_URL');
  process.exit(2);
}

const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true });
const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
  body: JSON.stringify({ query }),
});
const { data, errors } = await answer.json();
assert.deepEqual(errors, undefined);

const printed = (schema) => printSchema(lexicographicSortSchema(schema)).split('\n');
const file = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
assert.deepEqual(printed(buildClientSchema(data)), printed(buildSchema(file)));
console.log('introspection says what schema.graphql says');
