// Single sign-on with an issuer that is not ours: oidc-provider (https://github.com/panva/node-oidc-provider), on this machine.
//
//   NEWSROOM_BIN=target/debug/newsroom node sign_on.mjs
//
// Keys, clients and their secrets are made for the run. Tokens come by the two ways that people and machines have: the
// authorization code flow with PKCE, and client credentials. What the issuer would never sign is signed here by its keys.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { constants, createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Provider from 'oidc-provider';

const program = process.env.NEWSROOM_BIN ?? fileURLToPath(new URL('../../target/debug/newsroom', import.meta.url));
const API = 'https://newsroom.example/api';
const OTHER_API = 'https://elsewhere.example/api';
const CALLBACK = 'http://127.0.0.1/callback';

const secret = () => randomBytes(32).toString('base64url');
const say = (text) => console.log(text);

// --- The issuer -------------------------------------------------------------------------------------------------------

function key(kid, type = 'rsa', options = { modulusLength: 2048 }, alg = 'RS256') {
  const pair = generateKeyPairSync(type, options);
  const about = { kid, alg, use: 'sig' };
  return {
    kid,
    alg,
    ...pair,
    jwk: { ...pair.privateKey.export({ format: 'jwk' }), ...about },
    publicJwk: { ...pair.publicKey.export({ format: 'jwk' }), ...about },
  };
}

// Who is behind each client, and the person who signs on by name: what the issuer knows of them.
const said = {
  wire: { roles: ['staff', 'newsroom-publishers'], offices: ['osce-secretariat', 'no-office-of-ours'] },
  keeper: { roles: ['newsroom-admins'] },
  stranger: { roles: ['staff'] },
  'Anna@example.org': {
    roles: ['newsroom-editors', 'newsroom-authors'],
    offices: ['osce-secretariat'],
    email: 'Anna@example.org',
    email_verified: true,
    name: 'Anna Editor',
  },
};
const secrets = Object.fromEntries(['wire', 'keeper', 'stranger'].map((id) => [id, secret()]));

function provider(url, keys) {
  const machine = (client_id) => ({
    client_id,
    client_secret: secrets[client_id],
    id_token_signed_response_alg: keys[0].alg,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  });
  const person = {
    client_id: 'site',
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: keys[0].alg,
    application_type: 'native',
    redirect_uris: [CALLBACK],
  };
  const made = new Provider(url, {
    clients: [...Object.keys(secrets).map(machine), person],
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    cookies: { keys: [secret()] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'write',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: keys[0].alg, kid: keys[0].kid } },
        }),
      },
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...said[id] }) }),
    extraTokenClaims: (_context, token) => said[token.accountId ?? token.clientId],
  });
  made.on('server_error', (_context, error) => console.error(error));
  return made.callback();
}

// Listens with whatever answers at the moment; whoever comes before there is something is hung up on.
class Issuer {
  async open() {
    this.asked = 0;
    this.answers = (request) => request.socket.destroy();
    this.server = createServer((request, response) => {
      if (request.url.endsWith('/openid-configuration')) this.asked += 1;
      this.answers(request, response);
    });
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  use(...keys) {
    this.key = keys[0];
    this.answers = provider(this.url, keys);
    return this;
  }

  /** The token of a machine, by its client's credentials (RFC 6749, section 4.4). */
  async machine(client, resource = API) {
    const answer = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:${secrets[client]}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'write' }),
    });
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body.access_token;
  }

  /** The tokens of a person, who signs on in the issuer's own pages and comes back with a code (RFC 7636). */
  async person(login) {
    const verifier = secret();
    const jar = new Map();
    const visit = async (url, form) => {
      const answer = await fetch(new URL(url, this.url), {
        method: form ? 'POST' : 'GET',
        body: form && new URLSearchParams(form),
        redirect: 'manual',
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        value ? jar.set(name, value) : jar.delete(name);
      }
      return answer;
    };
    const asked = new URLSearchParams({
      client_id: 'site',
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid write',
      resource: API,
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    let answer = await visit(`/auth?${asked}`);
    for (let steps = 0; !answer.headers.get('location')?.startsWith(CALLBACK); steps += 1) {
      assert.ok(steps < 10, 'the issuer goes round in circles');
      const at = answer.headers.get('location');
      if (at) {
        answer = await visit(at);
        continue;
      }
      const page = await answer.text();
      assert.equal(answer.status, 200, page);
      const prompt = /name="prompt" value="(\w+)"/.exec(page)[1];
      const action = /action="([^"]+)"/.exec(page)[1];
      answer = await visit(action, prompt === 'login' ? { prompt, login, password: secret() } : { prompt });
    }
    const code = new URL(answer.headers.get('location')).searchParams.get('code');
    const form = { grant_type: 'authorization_code', client_id: 'site', code, code_verifier: verifier };
    const exchanged = await visit('/token', { ...form, redirect_uri: CALLBACK, resource: API });
    const body = await exchanged.json();
    assert.equal(exchanged.status, 200, JSON.stringify(body));
    return body;
  }
}

// --- Tokens that the issuer would not give ------------------------------------------------------------------------------

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(by, claims, header = {}) {
  const message = `${part({ alg: by.alg, typ: 'at+jwt', kid: by.kid, ...header })}.${part(claims)}`;
  const padding = header.alg === 'PS256' && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = sign('sha256', Buffer.from(message), { key: by.privateKey, dsaEncoding: 'ieee-p1363', ...padding });
  return `${message}.${signature.toString('base64url')}`;
}

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

// --- The newsroom -----------------------------------------------------------------------------------------------------

const folder = mkdtempSync(join(tmpdir(), 'newsroom-sign-on.'));
const running = new Set();

async function serve(issuer) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NEWSROOM_|DATABASE_URL$)/.test(name));
  const env = {
    ...Object.fromEntries(kept),
    NEWSROOM_DATA_DIR: join(folder, 'data'),
    NEWSROOM_LISTEN: '127.0.0.1:0',
    NEWSROOM_OIDC_ISSUER: issuer.url,
    NEWSROOM_OIDC_AUDIENCE: API,
    NEWSROOM_OIDC_ROLES:
      'newsroom-authors=author,newsroom-editors=editor,newsroom-publishers=publisher,newsroom-admins=administrator',
    NEWSROOM_OIDC_OFFICES_CLAIM: 'offices',
  };
  const child = spawn(program, ['serve', '--demo'], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  running.add(child);
  let log = '';
  const root = await new Promise((done, failed) => {
    child.stderr.on('data', (chunk) => {
      log += chunk;
      const found = /listening on (http:\/\/[\d.:]+)/.exec(log);
      if (found) done(found[1]);
    });
    child.on('exit', (status) => failed(new Error(`the newsroom ended with ${status}:\n${log}`)));
  });
  const stop = () =>
    new Promise((done) => {
      child.removeAllListeners('exit').on('exit', () => done(running.delete(child)));
      child.kill('SIGTERM');
    });
  return { root, stop };
}

async function ask({ root }, token, query = VIEWER) {
  const answer = await fetch(`${root}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
    },
    body: JSON.stringify({ query }),
  });
  return { status: answer.status, ...(await answer.json()) };
}

const VIEWER = '{ viewer { account { id email name hasPassword } role allOffices offices { slug } } }';

async function viewer(newsroom, token) {
  const answer = await ask(newsroom, token);
  assert.equal(answer.status, 200, JSON.stringify(answer));
  assert.ok(answer.data.viewer, 'the token is somebody’s');
  return answer.data.viewer;
}

async function refused(newsroom, what, token, status = 401, code = 'UNAUTHENTICATED') {
  const answer = await ask(newsroom, token);
  assert.deepEqual([answer.status, answer.errors?.[0].extensions.code], [status, code], `${what} is taken`);
}

// --- What has to be -----------------------------------------------------------------------------------------------------

async function accounts(newsroom, issuer) {
  const keeper = await issuer.machine('keeper');
  const answer = await ask(newsroom, keeper, '{ accounts(first: 100) { nodes { email } } }');
  return answer.data.accounts.nodes.map(({ email }) => email);
}

async function run() {
  const first = key('first');
  const issuer = await new Issuer().open();
  let newsroom = await serve(issuer);
  issuer.use(first);

  const anna = await issuer.person('Anna@example.org');
  const seen = await viewer(newsroom, anna.access_token);
  assert.deepEqual(seen, {
    account: { id: seen.account.id, email: 'anna@example.org', name: 'Anna Editor', hasPassword: false },
    role: 'EDITOR',
    allOffices: false,
    offices: [{ slug: 'osce-secretariat' }],
  });
  say('a person who signs on after the issuer was down is in, with her role and office');

  const again = await Promise.all([
    ...Array.from({ length: 8 }, () => viewer(newsroom, anna.access_token)),
    issuer.person('Anna@example.org').then((tokens) => viewer(newsroom, tokens.access_token)),
  ]);
  for (const one of again) assert.deepEqual(one, seen);
  const wire = await issuer.machine('wire');
  const machines = await Promise.all(Array.from({ length: 8 }, () => viewer(newsroom, wire)));
  for (const one of machines) {
    assert.deepEqual([one.role, one.offices], ['PUBLISHER', [{ slug: 'osce-secretariat' }]]);
    assert.match(one.account.email, /@sign-on\.invalid$/);
  }
  assert.equal((await viewer(newsroom, await issuer.machine('keeper'))).allOffices, true);
  assert.equal((await accounts(newsroom, issuer)).length, 3);
  say('machines are in by client credentials; each has one account, made once');

  said['Anna@example.org'].roles = ['newsroom-publishers'];
  const promoted = await issuer.person('Anna@example.org');
  assert.deepEqual((await viewer(newsroom, promoted.access_token)).role, 'PUBLISHER');
  say('another role at the issuer is another role here');

  const claims = claimsOf(wire);
  const { publicKey, publicJwk } = first;
  const now = Math.floor(Date.now() / 1000);
  await viewer(newsroom, signed(first, claims));
  const hmac = (by) => {
    const message = `${part({ alg: 'HS256', typ: 'at+jwt', kid: first.kid })}.${part(claims)}`;
    return `${message}.${createHmac('sha256', by).update(message).digest('base64url')}`;
  };
  const stranger = await issuer.machine('stranger');
  await refused(newsroom, 'a token without a role', stranger, 403, 'FORBIDDEN');
  await refused(newsroom, 'an ID token, which is for the site', anna.id_token);
  await refused(newsroom, 'a token for another API', await issuer.machine('wire', OTHER_API));
  await refused(newsroom, 'an expired token', signed(first, { ...claims, exp: now - 60 }));
  await refused(newsroom, 'a token without an end', signed(first, { ...claims, exp: undefined }));
  await refused(newsroom, 'alg none', `${part({ alg: 'none', kid: first.kid })}.${part(claims)}.`);
  await refused(newsroom, 'HS256 by the public key', hmac(publicKey.export({ format: 'pem', type: 'spki' })));
  await refused(newsroom, 'HS256 by the public JWK', hmac(JSON.stringify(publicJwk)));
  await refused(newsroom, 'another algorithm than the key says', signed(first, claims, { alg: 'PS256' }));
  const forger = key('first');
  await refused(newsroom, 'another key under the issuer’s name for its own', signed(forger, claims));
  await refused(newsroom, 'a key in the header', signed(forger, claims, { jwk: forger.publicJwk }));
  const other = (await new Issuer().open()).use(key('other'));
  await refused(newsroom, 'a token of another issuer', await other.machine('wire'));
  await refused(newsroom, 'another issuer’s token in this one’s name', signed(other.key, claims));
  await other.close();
  say('what is not signed by the issuer, for us and for now, is refused');
  await newsroom.stop();

  newsroom = await serve(issuer);
  await viewer(newsroom, wire);
  const second = key('second', 'ec', { namedCurve: 'P-256' }, 'ES256');
  issuer.use(second);
  const renewed = await issuer.machine('wire');
  assert.deepEqual(await viewer(newsroom, renewed), machines[0]);
  await refused(newsroom, 'a token by a key that the issuer has taken back', wire);
  const { asked } = issuer;
  for (let number = 0; number < 20; number += 1) {
    await refused(newsroom, 'a key that there is not', signed(forger, claims, { kid: `forged-${number}` }));
    await viewer(newsroom, renewed);
  }
  assert.equal(issuer.asked, asked, 'invented keys have the issuer asked again and again');
  say('a new key is found, the old one is gone, and invented ones have nobody asked');

  await issuer.close();
  await viewer(newsroom, renewed);
  say('tokens by a key that is known are good while the issuer is down');
  await newsroom.stop();
}

try {
  await run();
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
// The issuer keeps timers of its own.
process.exit(0);
