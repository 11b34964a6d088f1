// Reads schema.graphql as the GraphQL reference implementation does, and checks what clients rely on in it:
//
//   node schema.mjs [SCHEMA]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
  validateSchema,
} from 'graphql';
import { examples } from '../../explorer/src/examples.js';

const file = process.argv[2] ?? new URL('../../schema.graphql', import.meta.url);
const schema = buildSchema(readFileSync(file, 'utf8'));
assert.deepEqual(validateSchema(schema), [], 'the schema is not a valid one');

/** The parts that have no description, by their coordinates. */
function undescribed() {
  const missing = [];
  const look = (what, coordinate) => what.description?.trim() || missing.push(coordinate);
  for (const type of Object.values(schema.getTypeMap())) {
    // GraphQL's own scalars describe themselves; the names with two underscores are introspection's.
    if (type.name.startsWith('__')) continue;
    look(type, type.name);
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(field, `${type.name}.${field.name}`);
        for (const argument of field.args ?? []) look(argument, `${type.name}.${field.name}(${argument.name}:)`);
      }
    }
    if (isEnumType(type)) for (const value of type.getValues()) look(value, `${type.name}.${value.name}`);
  }
  return missing;
}
assert.deepEqual(undescribed(), [], 'every type, field, argument and value says what it is');

/** Connections that are not what https://relay.dev/graphql/connections.htm says. */
for (const type of Object.values(schema.getTypeMap())) {
  if (!isObjectType(type) || !type.name.endsWith('Connection')) continue;
  const fields = type.getFields();
  assert.equal(String(fields.pageInfo?.type), 'PageInfo!', `${type.name}.pageInfo`);
  const edge = schema.getType(String(fields.edges?.type).replace(/[[\]!]/g, ''));
  assert.ok(isObjectType(edge) && edge.name.endsWith('Edge'), `${type.name}.edges`);
  assert.match(String(edge.getFields().cursor?.type), /^(String|ID)!$|Cursor!$/, `${edge.name}.cursor`);
  assert.ok(edge.getFields().node, `${edge.name}.node`);
}
for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
  for (const field of Object.values(type.getFields())) {
    if (!/Connection!?$/.test(String(field.type))) continue;
    const takes = Object.fromEntries(field.args.map((argument) => [argument.name, String(argument.type)]));
    const pages = [takes.first, takes.after, takes.last ?? 'Int', takes.before ?? 'String'];
    assert.deepEqual(pages, ['Int', 'String', 'Int', 'String'], `${type.name}.${field.name} is paged`);
  }
}

/** What https://relay.dev/graphql/objectidentification.htm says, and Relay's compiler insists on: an id and nothing else. */
const node = schema.getQueryType().getFields().node;
assert.equal(String(node.type), 'Node');
assert.deepEqual(node.args.map((argument) => `${argument.name}: ${argument.type}`), ['id: ID!'], 'Query.node');

const pageInfo = schema.getType('PageInfo').getFields();
assert.equal(String(pageInfo.hasNextPage.type), 'Boolean!');
assert.equal(String(pageInfo.hasPreviousPage.type), 'Boolean!');

for (const { query } of examples) {
  assert.deepEqual(validate(schema, parse(query)).map(String), [], 'an example query of the explorer is out of date');
}

console.log(`the schema is valid and described; the explorer's ${examples.length} example queries fit it`);
