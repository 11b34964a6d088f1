// Runs the examples of docs/publishing.md against a server: what they publish has to be there for readers.
//
//   PRESS_EMAIL=… PRESS_PASSWORD=… node examples.mjs http://127.0.0.1:8080

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [root] = process.argv.slice(2);
const example = (name) => fileURLToPath(new URL(`../../docs/examples/${name}`, import.meta.url));
const tsx = fileURLToPath(new URL("node_modules/tsx/dist/cli.mjs", import.meta.url));
const env = { ...process.env, PRESS_URL: root };

const run = (program, args) => JSON.parse(execFileSync(program, args, { env, encoding: "utf8", timeout: 60_000 }));

const examples = [
  ["Python", (title) => run("python3", [example("publish.py"), title])],
  ["TypeScript", (title) => run(process.execPath, [tsx, example("publish.mts"), title])],
];
for (const [language, publish] of examples) {
  const title = `Published by ${language}`;
  const first = publish(title);
  assert.equal(first.title, title);
  assert.equal(first.slug, `published-by-${language.toLowerCase()}`);
  // Again, as after a time-out: the same release, and no second one.
  assert.deepEqual(publish(title), first);
  const query = `{ address(slug: "${first.slug}-2") { __typename } release(slug: "${first.slug}") { title } }`;
  const answer = await fetch(`${root}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { accept: "application/graphql-response+json" },
  });
  assert.deepEqual((await answer.json()).data, { address: null, release: { title } });
  console.log(`${language}: published, and once`);
}
