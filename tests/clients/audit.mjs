// Runs graphql-http's server audits (https://github.com/graphql/graphql-http) against a running server:
//
//   node audit.mjs http://127.0.0.1:8080/graphql
//
// Every MUST and every SHOULD has to pass; what the specification leaves open (MAY) is only reported.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node audit.mjs GRAPHQL_URL');
  process.exit(2);
}

const passed = { MUST: 0, SHOULD: 0, MAY: 0 };
let failures = 0;
for (const audit of serverAudits({ url })) {
  const level = audit.name.split(' ')[0];
  let result;
  try {
    result = await audit.fn();
  } catch (error) {
    failures += 1;
    console.log(`FAILED ${audit.id}: ${audit.name}\n  no answer: ${error.cause?.message ?? error.message}`);
    continue;
  }
  if (result.status === 'ok') {
    passed[level] += 1;
    continue;
  }
  const binding = level !== 'MAY';
  failures += binding ? 1 : 0;
  console.log(`${binding ? 'FAILED' : 'not so'} ${audit.id}: ${audit.name}`);
  if (binding) {
    const { response } = result;
    const body = response.bodyUsed ? '(read already)' : (await response.text()).slice(0, 500);
    console.log(`  ${result.reason}\n  ${response.status} ${response.headers.get('content-type')}: ${body}`);
  }
}

console.log(`audits passed: ${passed.MUST} MUST, ${passed.SHOULD} SHOULD, ${passed.MAY} MAY; ${failures} failed`);
// A list that came out empty would pass nothing and fail nothing.
process.exit(failures === 0 && passed.MUST > 0 && passed.SHOULD > 0 ? 0 : 1);
