// What the programs of this folder share: the newsroom that they ask, asked without any client's library, so that what
// a client makes of its answers can be held against it; and somebody who publishes meanwhile.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import {
  AddTranslation,
  CreateRelease,
  NewsroomPage,
  PublishTranslation,
  SignIn,
  UpdateTranslation,
} from './documents';
import type { NewsroomPageQueryVariables } from './generated/graphql';

const root = process.argv[2];
if (!root) {
  console.error('usage: npm run apollo|urql|relay-runtime http://127.0.0.1:8080');
  process.exit(2);
}
export const url = `${root}/graphql`;

interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; fields?: { path: string; code: string; message: string }[] };
}

/** What the newsroom said no to. */
export class Refused extends Error {
  readonly errors: GraphqlError[];

  constructor(errors: GraphqlError[]) {
    super(errors.map((error) => `${error.extensions.code}: ${error.message}`).join('; '));
    this.errors = errors;
  }
}

/** A typed client in a few lines: what graphql-codegen says of the document holds for its variables and its answer. */
export async function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  token?: string,
): Promise<Data> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: GraphqlError[] };
  if (errors) throw new Refused(errors);
  assert.ok(data, 'neither data nor errors');
  return data;
}

/** The newsroom's page, as it is on the wire. */
export const page = async (variables: NewsroomPageQueryVariables) => (await ask(NewsroomPage, variables)).releases;

/** The ids of all releases, the newest first: what paging has to come to. */
export async function everyId(): Promise<string[]> {
  const all = await page({ first: 100 });
  assert.equal(all.pageInfo.hasNextPage, false, 'the seed newsroom fits one page');
  const ids = idsOf(all);
  assert.ok(ids.length > 4, 'too few releases to page through: serve the seed newsroom (--demo)');
  assert.equal(new Set(ids).size, ids.length, 'a release is listed twice');
  return ids;
}

/** The ids of what a connection has, in its order. */
export const idsOf = (connection: {
  readonly edges: readonly { readonly node: { readonly id: string } }[];
}): string[] => connection.edges.map((edge) => edge.node.id);

const variable = (name: string): string => {
  const value = process.env[name];
  assert.ok(value, `${name} is missing: it says who may publish`);
  return value;
};

/** Whoever publishes here. */
export const credentials = () => ({ email: variable('PRESS_EMAIL'), password: variable('PRESS_PASSWORD') });

export const signIn = async () => (await ask(SignIn, { input: credentials() })).signIn;

/** Publishes a release, as a colleague somewhere else would, in English or in more languages. */
export async function publish(title: string, translated: Record<string, string> = {}) {
  const { accessToken } = await signIn();
  const created = (await ask(CreateRelease, { input: draft(title) }, accessToken)).createRelease;
  const { id } = created.release;
  const published = (await ask(PublishTranslation, { input: goLive(created) }, accessToken)).publishTranslation;
  let { version } = published;
  for (const [locale, text] of Object.entries(translated)) {
    const input = { id, version, locale, text: { title: text } };
    const added = (await ask(AddTranslation, { input }, accessToken)).addTranslation;
    await ask(PublishTranslation, { input: { id, locale, version: added.version } }, accessToken);
  }
  const { slug } = published.release;
  assert.ok(slug, 'what is live has an address');
  return {
    id,
    slug,
    /** Gives it another title. */
    async retitle(changed: string) {
      const input = { id, locale: 'en', version, text: { title: changed } };
      const updated = (await ask(UpdateTranslation, { input }, accessToken)).updateTranslation;
      const live = await ask(
        PublishTranslation,
        { input: { id, locale: 'en', version: updated.version } },
        accessToken,
      );
      version = live.publishTranslation.version;
    },
  };
}

/** A new release's form. */
export const draft = (title: string) => ({
  originalLocale: 'en',
  type: 'press-release',
  offices: ['osce-secretariat'],
  text: { title, lead: 'For the tests of clients.', body: { format: 'MARKDOWN' as const, text: 'With a *body*.' } },
  idempotencyKey: randomUUID(),
});

/** That the draft which was just created is to go live. */
export const goLive = (created: { version: number; release: { id: string; originalLocale: string } }) => ({
  id: created.release.id,
  locale: created.release.originalLocale,
  version: created.version,
  idempotencyKey: randomUUID(),
});

/** A `fetch` that keeps what passes through it. */
export function recorded() {
  const requests: { method: string; url: URL; body: Record<string, unknown> | null; signal: AbortSignal | null }[] = [];
  const recording: typeof fetch = (input, init) => {
    requests.push({
      method: init?.method ?? 'GET',
      url: new URL(String(input)),
      body: typeof init?.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : null,
      signal: init?.signal ?? null,
    });
    return fetch(input, init);
  };
  return { requests, fetch: recording };
}

/**
 * What is said on the console from here on. Clients complain there, in development, of answers that do not fit their
 * caches: a record without a key, one id for two things, fields that overwrite each other.
 */
export function complaints(): string[] {
  const said: string[] = [];
  for (const level of ['warn', 'error'] as const) {
    console[level] = (...parts: unknown[]) => void said.push(parts.map(String).join(' '));
  }
  return said;
}

/** An answer without the `__typename` that clients ask for on their own. */
export function bare<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === '__typename' ? undefined : inner))) as T;
}
