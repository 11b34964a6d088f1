// A thousand webhooks to twenty endpoints, verified by the published library of Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries/javascript).
//
//   NEWSROOM_BIN=target/debug/newsroom node webhooks.mjs FOLDER
//
// Five endpoints are dead (two of them take what comes and never answer), five slow and five flaky. What the others are sent is kept in
// FOLDER/webhooks.jsonl, so that another library can judge it too. Prints how long the fast ones waited; asserts no time.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const program = process.env.NEWSROOM_BIN ?? fileURLToPath(new URL('../../target/debug/newsroom', import.meta.url));
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'newsroom-webhooks-'));
const data = mkdtempSync(join(tmpdir(), 'newsroom-webhooks-data-'));
const RELEASES = 50;
const PATIENCE = 240_000;

const say = (text) => console.log(text);
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

async function until(what, ready) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    if (await ready()) return;
    await pause(100);
  }
  assert.fail(`waited in vain: ${what}`);
}

// --- The endpoints ----------------------------------------------------------------------------------------------------

class Endpoint {
  requests = [];
  taken = new Map();
  secrets = [];
  // Milliseconds from the change to its taking.
  waits = [];

  constructor(sort, number) {
    this.sort = sort;
    this.hangs = sort === 'dead' && number < 2;
  }

  async listen() {
    this.server = createServer((request, response) => this.hear(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
    // Nobody is at its port.
    if (this.sort === 'dead' && !this.hangs) this.server.close();
    return this;
  }

  async hear(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.hangs) return;
    const body = Buffer.concat(chunks).toString();
    this.requests.push({ headers: request.headers, body });
    // Any one secret that it knows will do.
    const verified = this.secrets.some((secret) => {
      try {
        new Webhook(secret).verify(body, request.headers);
        return true;
      } catch (error) {
        assert(error instanceof WebhookVerificationError);
        return false;
      }
    });
    if (this.sort === 'slow') await pause(1000);
    const fails = this.sort === 'flaky' && this.requests.length % 3 === 2 && this.requests.length < RELEASES;
    response.statusCode = !verified ? 401 : fails ? 503 : 204;
    if (response.statusCode === 204) {
      const event = JSON.parse(body);
      this.taken.set(request.headers['webhook-id'], event);
      this.waits.push(Date.now() - Date.parse(event.timestamp));
    }
    response.end();
  }
}

// --- The newsroom -----------------------------------------------------------------------------------------------------

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('NEWSROOM_') && name !== 'DATABASE_URL'),
);
Object.assign(environment, {
  NEWSROOM_DATA_DIR: data,
  NEWSROOM_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
  NEWSROOM_WEBHOOK_ALLOW_HTTP: 'true',
});
const run = (parameters, input = '') => execFileSync(program, parameters, { env: environment, input, stdio: ['pipe', 'pipe', 'inherit'] });

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let token;
let root;
async function ask(query, variables = {}) {
  const answer = await fetch(`${root}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

function publish(from, count) {
  const lines = Array.from({ length: count }, (_, number) => {
    const slug = `release-${from + number}`;
    const translations = { en: { title: `Release ${from + number} — “Наблюдатели” 😀` } };
    return JSON.stringify({ sourceId: slug, slug, state: 'live', publishingDate: '2024-11-22', translations });
  });
  const file = join(data, 'lines.jsonl');
  writeFileSync(file, lines.join('\n'));
  run(['import', '--strict', '--announce', file]);
}

const email = 'administrator@example.org';
const password = randomBytes(16).toString('hex');
run(['migrate']);
run(['account', 'add', '--email', email, '--name', 'Administrator', '--role', 'administrator'], `${password}\n`);
const port = await freePort();
root = `http://127.0.0.1:${port}`;
const server = spawn(program, ['serve', '--listen', `127.0.0.1:${port}`, '--log', 'warn'], { env: environment, stdio: 'inherit' });
try {
  await until('the server', () => fetch(`${root}/readyz`).then((answer) => answer.ok, () => false));
  const signIn = 'mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }';
  token = (await ask(signIn, { input: { email, password } })).signIn.accessToken;

  const endpoints = [];
  for (const sort of ['good', 'slow', 'flaky', 'dead']) {
    for (let number = 0; number < 5; number += 1) endpoints.push(await new Endpoint(sort, number).listen());
  }
  const create = 'mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } secret } }';
  for (const endpoint of endpoints) {
    const { webhook, secret } = (await ask(create, { input: { url: endpoint.url } })).createWebhook;
    endpoint.id = webhook.id;
    endpoint.secrets.push(secret);
  }
  publish(0, RELEASES);
  for (const endpoint of endpoints.filter(({ sort }) => sort === 'good' || sort === 'slow')) {
    await until(`all that is for a ${endpoint.sort} endpoint`, () => endpoint.taken.size === RELEASES);
  }
  // What failed once comes back after five seconds. What failed twice is asked for: nobody waits here for five minutes.
  const deliveries = `query($id: ID!) { webhook(id: $id) { deliveries(first: 100, state: WAITING) { nodes { id } } } }`;
  for (const endpoint of endpoints.filter(({ sort }) => sort === 'flaky')) {
    await until('all that is for a flaky endpoint', () => endpoint.taken.size === RELEASES);
    await until('nothing to wait', async () => (await ask(deliveries, { id: endpoint.id })).webhook.deliveries.nodes.length === 0);
  }
  for (const endpoint of endpoints.filter(({ sort }) => sort !== 'dead')) {
    assert.equal(endpoint.taken.size, RELEASES);
    const sequences = [...endpoint.taken.values()].map((event) => event.data.sequence).sort((a, b) => a - b);
    assert.deepEqual(sequences, Array.from({ length: RELEASES }, (_, number) => sequences[0] + number));
  }
  const total = endpoints.reduce((sum, endpoint) => sum + endpoint.taken.size, 0);
  say(`${RELEASES * endpoints.length} webhooks: ${total} delivered and verified, the rest is for endpoints that are dead`);

  const fast = endpoints.filter(({ sort }) => sort === 'good');
  const told = (what) => {
    const waits = fast.flatMap((endpoint) => endpoint.waits.splice(0)).sort((one, other) => one - other);
    say(`${what}: the fast ones had it ${waits[waits.length >> 1]} ms after the change in the median, ${waits.at(-1)} ms at most`);
  };
  told(`${RELEASES} releases at once`);
  for (let number = 0; number < 10; number += 1) {
    publish(RELEASES + number, 1);
    await until('one more', () => fast.every(({ taken }) => taken.size === RELEASES + number + 1));
  }
  told('one release at a time');

  // Two secrets sign while one is rotated: who knows either of them verifies.
  const [first, second] = endpoints;
  const rotate = 'mutation($id: ID!) { rotateWebhookSecret(input: {id: $id}) { secret } }';
  const { secret } = (await ask(rotate, { id: first.id })).rotateWebhookSecret;
  const before = first.taken.size;
  publish(before, 1);
  await until('what the old secret verifies', () => first.taken.size === before + 1);
  first.secrets = [secret];
  publish(before + 1, 1);
  await until('what the new secret verifies', () => first.taken.size === before + 2);
  await until('the same elsewhere', () => second.taken.size === before + 2);

  // And what was tampered with does not verify.
  const { headers, body } = second.requests[0];
  const [judge] = second.secrets.map((known) => new Webhook(known));
  assert.throws(() => judge.verify(body.replace('Release', 'release'), headers), WebhookVerificationError);
  assert.throws(() => judge.verify(body, { ...headers, 'webhook-id': 'another' }), WebhookVerificationError);
  say('a secret was rotated without a loss, and what was tampered with is refused');

  const kept = second.requests.map(({ headers, body }) => JSON.stringify({ secret: second.secrets[0], headers, body }));
  writeFileSync(join(folder, 'webhooks.jsonl'), kept.join('\n'));
  for (const endpoint of endpoints) {
    endpoint.server.closeAllConnections();
    endpoint.server.close();
  }
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(data, { recursive: true, force: true });
}
