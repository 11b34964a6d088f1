// A crowd of subscribers over WebSocket, one of whom reads nothing: the others are told all the same, and the server's memory stays
// bounded. Prints how long the last one waited; asserts no time.
//
//   PRESS_EMAIL=… PRESS_PASSWORD=… node crowd.mjs http://127.0.0.1:8080 SERVERS_PROCESS_ID [SUBSCRIBERS]

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import WebSocket from "ws";

const [root, process_id, count = "2000"] = process.argv.slice(2);
const socketUrl = `${root.replace(/^http/, "ws")}/graphql`;
const releases = 120;

const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process_id}/status`, "utf8"))[1]) / 1024;

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
const input = { email: process.env.PRESS_EMAIL, password: process.env.PRESS_PASSWORD };
const { signIn } = await post("mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }", { input });
const publish = async (number) => {
  const text = { title: `Crowd ${number}`, body: { format: "MARKDOWN", text: "A long paragraph. ".repeat(500) } };
  const create = "mutation($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } } }";
  const { createRelease } = await post(create, { input: { originalLocale: "en", text } }, signIn.accessToken);
  const go = "mutation($input: PublishTranslationInput!) { publishTranslation(input: $input) { version } }";
  const { id } = createRelease.release;
  await post(go, { input: { id, locale: "en", version: 1 } }, signIn.accessToken);
};

const query = "subscription { releaseChanged { cursor release { title body } } }";
const told = new Map();
const subscribe = (reads) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl, "graphql-transport-ws");
    socket.on("error", reject);
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
    socket.on("message", (message) => {
      const { type, payload } = JSON.parse(message);
      if (type === "connection_ack") {
        socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
        if (!reads) socket.pause();
        resolve(socket);
      } else if (type === "next") {
        const { title } = payload.data.releaseChanged.release;
        const seen = told.get(title) ?? { count: 0 };
        told.set(title, { count: seen.count + 1, last: Date.now() });
      }
    });
  });

const before = resident();
const sockets = [await subscribe(false)];
while (sockets.length < Number(count)) {
  const more = Math.min(100, Number(count) - sockets.length);
  sockets.push(...(await Promise.all(Array.from({ length: more }, () => subscribe(true)))));
}
await new Promise((resolve) => setTimeout(resolve, 3000));
const connected = resident();
const waits = [];
let halfway = 0;
for (let number = 0; number < releases; number += 1) {
  await publish(number);
  const published = Date.now();
  const title = `Crowd ${number}`;
  while ((told.get(title)?.count ?? 0) < sockets.length - 1) {
    assert.ok(Date.now() - published < 60_000, `${told.get(title)?.count} of ${sockets.length - 1} were told of ${title}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  waits.push(told.get(title).last - published);
  if (number === releases / 2) halfway = resident();
}
waits.sort((one, other) => one - other);
const after = resident();
console.log(`${sockets.length} subscribers, one of whom reads nothing; ${releases} releases of 9 kB`);
console.log(`the last was told after ${waits[releases / 2]} ms in the median, ${waits.at(-1)} ms at most`);
console.log(`resident: ${before.toFixed(0)} MiB, ${connected.toFixed(0)} with all, ${halfway.toFixed(0)} halfway, ${after.toFixed(0)} in the end`);
assert.ok(after - halfway < 60, "memory grows with what is told");
for (const socket of sockets) socket.terminate();
