// Signs in, creates a release, publishes it, and asks for it as any reader does.
//
//   PRESS_URL=http://127.0.0.1:8080 PRESS_EMAIL=… PRESS_PASSWORD=… npx tsx publish.mts "A title"
//
// It needs nothing but `fetch`. It may be run again after a time-out: the idempotency keys, made from the title, see to it
// that nothing is created or published twice within a day.

import { createHash } from "node:crypto";

const url = `${process.env.PRESS_URL ?? "http://127.0.0.1:8080"}/graphql`;

interface GraphqlError {
  message: string;
  extensions?: { code?: string; fields?: { path: string; code: string; message: string }[] };
}

/** What the newsroom said no to: a code for programs, a message for people. */
class Refused extends Error {
  readonly code?: string;

  constructor(error: GraphqlError) {
    super(`${error.extensions?.code}: ${error.message}`);
    this.code = error.extensions?.code;
  }
}

async function ask<T>(query: string, variables: object, token?: string): Promise<T> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(30_000),
  });
  const { data, errors } = (await answer.json()) as { data: T; errors?: GraphqlError[] };
  if (errors?.length) throw new Refused(errors[0]);
  return data;
}

/** A name for this step that stays the same however often the script is run. */
const key = (step: string, title: string) =>
  `${step}-${createHash("sha256").update(title).digest("hex").slice(0, 32)}`;

const title = process.argv[2] ?? "Observers arrive";

const { signIn } = await ask<{ signIn: { accessToken: string } }>(
  "mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }",
  { input: { email: process.env.PRESS_EMAIL, password: process.env.PRESS_PASSWORD } },
);
const token = signIn.accessToken;

const { createRelease } = await ask<{
  createRelease: { version: number; release: { id: string; original: { locale: string } } };
}>(
  `mutation($input: CreateReleaseInput!) {
     createRelease(input: $input) { version release { id original { locale } } }
   }`,
  {
    input: {
      originalLocale: "en",
      type: "press-release",
      text: {
        title,
        lead: "They will stay until the count is done.",
        body: { format: "MARKDOWN", text: "More in the **annex**." },
      },
      idempotencyKey: key("create", title),
    },
  },
  token,
);

const { publishTranslation } = await ask<{ publishTranslation: { release: { slug: string } } }>(
  `mutation($input: PublishTranslationInput!) {
     publishTranslation(input: $input) { release { slug } }
   }`,
  {
    input: {
      id: createRelease.release.id,
      locale: createRelease.release.original.locale,
      version: createRelease.version,
      idempotencyKey: key("publish", title),
    },
  },
  token,
);

// From here on as a reader, without a token.
const { slug } = publishTranslation.release;
const { release } = await ask<{ release: { title: string; publishedAt: string } }>(
  "query($slug: String!) { release(slug: $slug) { title publishedAt } }",
  { slug },
);
console.log(JSON.stringify({ slug, ...release }));
