// Live updates as graphql-ws and graphql-sse meet them: what is published is told, filtered, and after the line was lost nothing is
// missed. And the close codes of the protocol, by a bare WebSocket.
//
//   PRESS_EMAIL=… PRESS_PASSWORD=… node live.mjs http://127.0.0.1:8080

import assert from "node:assert/strict";
import net from "node:net";
import { createClient as socketClient } from "graphql-ws";
import { createClient as eventClient } from "graphql-sse";
import WebSocket from "ws";

const [root] = process.argv.slice(2);
const socketUrl = `${root.replace(/^http/, "ws")}/graphql`;

const post = async (query, variables, token) => {
  const answer = await fetch(`${root}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
};

const { signIn } = await post("mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }", {
  input: { email: process.env.PRESS_EMAIL, password: process.env.PRESS_PASSWORD },
});
const publish = async (title, offices) => {
  const { createRelease } = await post(
    "mutation($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } } }",
    { input: { originalLocale: "en", offices, text: { title } } },
    signIn.accessToken,
  );
  const { id } = createRelease.release;
  await post(
    "mutation($input: PublishTranslationInput!) { publishTranslation(input: $input) { version } }",
    { input: { id, locale: "en", version: 1 } },
    signIn.accessToken,
  );
};

const CHANGED = `subscription($filter: ChangeFilter, $after: String) {
  releaseChanged(filter: $filter, after: $after) { cursor kind isGone release { title offices { slug } } }
}`;
const odihr = ["osce-office-for-democratic-institutions-and-human-rights"];

/** The next so many titles of a subscription, and the cursor of the last. */
const take = async (iterator, count) => {
  const titles = [];
  let cursor;
  for (let number = 0; number < count; number += 1) {
    const { value, done } = await iterator.next();
    assert.equal(done, false);
    assert.equal(value.errors, undefined, JSON.stringify(value.errors));
    titles.push(value.data.releaseChanged.release.title);
    ({ cursor } = value.data.releaseChanged);
  }
  return { titles, cursor };
};

const settled = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const clients = {
  "graphql-ws": () => socketClient({ url: socketUrl, webSocketImpl: WebSocket }),
  "graphql-sse": () => eventClient({ url: `${root}/graphql` }),
};
for (const [name, connect] of Object.entries(clients)) {
  let client = connect();
  let changes = client.iterate({ query: CHANGED, variables: { filter: { offices: odihr } } });
  const first = take(changes, 1);
  await settled(500);
  await publish(`${name} elsewhere`, []);
  await publish(`${name} here`, odihr);
  const { titles, cursor } = await first;
  assert.deepEqual(titles, [`${name} here`]);
  await changes.return();
  await client.dispose();
  // While nobody listens.
  for (const number of [1, 2, 3]) await publish(`${name} meanwhile ${number}`, odihr);
  client = connect();
  changes = client.iterate({ query: CHANGED, variables: { filter: { offices: odihr }, after: cursor } });
  assert.deepEqual((await take(changes, 3)).titles, [1, 2, 3].map((number) => `${name} meanwhile ${number}`));
  await changes.return();
  // What cannot be is refused with its code.
  const refused = client.iterate({ query: CHANGED, variables: { filter: { offices: ["nowhere"] } } });
  const answer = await refused.next().then(({ value }) => value.errors, (thrown) => [thrown].flat());
  assert.equal(answer[0].extensions.code, "VALIDATION_FAILED", JSON.stringify(answer));
  // Another operation runs too, once.
  const once = client.iterate({ query: "{ releases(first: 1) { totalCount } }" });
  assert.ok((await once.next()).value.data.releases.totalCount > 0);
  assert.equal((await once.next()).done, true);
  await client.dispose();
  console.log(`${name}: told, filtered, resumed`);
}

/** A line to the server that can be lost. */
const lines = new Set();
const proxy = net.createServer((near) => {
  const far = net.connect(Number(new URL(root).port), new URL(root).hostname);
  for (const [one, other] of [[near, far], [far, near]]) {
    lines.add(one);
    one.pipe(other);
    one.on("error", () => {});
    one.on("close", () => { lines.delete(one); other.destroy(); });
  }
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
const near = `//127.0.0.1:${proxy.address().port}/graphql`;
const onALine = {
  "graphql-ws": () => socketClient({ url: `ws:${near}`, webSocketImpl: WebSocket, retryAttempts: 20, retryWait: () => settled(300), shouldRetry: () => true }),
  "graphql-sse": () => eventClient({ url: `http:${near}`, retryAttempts: 20, retry: () => settled(300) }),
};
for (const [name, connect] of Object.entries(onALine)) {
  const client = connect();
  let after;
  // As docs/following.md has it: looked at anew at each return.
  const operation = { query: CHANGED, get variables() { return { after }; } };
  const titles = [];
  const reading = (async () => {
    for await (const { data, errors } of client.iterate(operation)) {
      assert.equal(errors, undefined, JSON.stringify(errors));
      after = data.releaseChanged.cursor;
      titles.push(data.releaseChanged.release.title);
      if (titles.length === 6) return;
    }
  })();
  await settled(500);
  const expected = [1, 2, 3, 4, 5, 6].map((number) => `${name} on a line ${number}`);
  for (const [index, title] of expected.entries()) {
    // Lost before two of them, in the midst of the others.
    if (index === 1 || index === 4) for (const line of lines) line.destroy();
    await publish(title, []);
    if (index % 2 === 0) await settled(200);
  }
  await reading;
  assert.deepEqual(titles, expected);
  await client.dispose();
  console.log(`${name}: the line was lost twice, and nothing was missed or came twice`);
}
proxy.close();

/** How a socket is closed on which this is said. */
const closedAfter = (messages, protocol = "graphql-transport-ws") =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl, protocol);
    const said = [...messages];
    const say = () => said.length > 0 && socket.send(said.shift());
    socket.on("open", say);
    socket.on("message", (message) => JSON.parse(message).type !== "ping" && say());
    socket.on("close", (code, reason) => resolve(`${code} ${reason}`));
    socket.on("error", reject);
  });
const init = JSON.stringify({ type: "connection_init" });
const subscribe = JSON.stringify({ type: "subscribe", id: "1", payload: { query: CHANGED } });
assert.match(await closedAfter(["no JSON"]), /^4400 /);
assert.match(await closedAfter([JSON.stringify({ type: "subscribe" })]), /^4401 /);
assert.match(await closedAfter([init, JSON.stringify({ type: "subscribe" })]), /^4400 /);
assert.match(await closedAfter([init, JSON.stringify({ type: "applaud" })]), /^4400 /);
const begun = (payload) => [init, JSON.stringify({ type: "subscribe", id: "1", payload: { query: CHANGED, ...payload } })];
for (const fault of [{ variables: "x" }, { variables: [] }, { extensions: "x" }, { operationName: 5 }]) {
  assert.match(await closedAfter(begun(fault)), /^4400 /, JSON.stringify(fault));
}
assert.match(await closedAfter([subscribe]), /^4401 Unauthorized/);
assert.match(await closedAfter([init, init]), /^4429 Too many initialisation requests/);
assert.match(await closedAfter([]), /^4408 Connection initialisation timeout/);
const twice = new WebSocket(socketUrl, "graphql-transport-ws");
twice.on("open", () => twice.send(init));
twice.on("message", (message) => {
  if (JSON.parse(message).type === "connection_ack") {
    twice.send(subscribe);
    twice.send(subscribe);
  }
});
assert.equal(await new Promise((resolve) => twice.on("close", resolve)), 4409);
await assert.rejects(closedAfter([], "graphql-ws"), /400/);
console.log("close codes: 4400, 4401, 4408, 4409, 4429");
