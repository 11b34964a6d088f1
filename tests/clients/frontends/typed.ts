// What the generated types say of the schema: this compiles, and no line under an `@ts-expect-error` does. Nobody runs
// it.
import { AtAddress, CreateRelease, ReleaseCard } from './documents';
import { unmask } from './generated';
import type { AtAddressQuery } from './generated/graphql';
import type { Scalars } from './generated/schema';
import { ask, draft, page } from './newsroom';

/** Never null and never absent is what the schema says so of, and nothing else. */
export async function nullability() {
  const releases = await page({ first: 1 });
  const total: number = releases.totalCount;
  // @ts-expect-error: an empty page has no cursor
  const cursor: string = releases.pageInfo.endCursor;
  const [edge] = releases.edges;
  // @ts-expect-error: a page may have no first edge
  const id: string = edge.node.id;
  const card = edge && unmask(ReleaseCard, edge.node);
  const offices: string[] | undefined = card?.offices.map((office) => office.name);
  // @ts-expect-error: a release may have no content type
  const type: string | undefined = card?.type.name;
  return { total, cursor, id, offices, type };
}

/** What a document did not select is not there, and what a fragment selected is for whoever has the fragment. */
export async function selections() {
  const releases = await page({ first: 1 });
  // @ts-expect-error: nobody asked for it
  const bars = releases.histogram;
  // @ts-expect-error: the card's fragment has it
  const title = releases.edges[0]?.node.title;
  return { bars, title };
}

/** Variables are what the schema takes. */
export async function variables() {
  await page({ filter: { types: ['news'], withoutTheme: true, publishedFrom: '2024-01-01' }, orderBy: 'OLDEST' });
  await page({ filter: null, after: null });
  // @ts-expect-error: there is no such order
  await page({ orderBy: 'RANDOM' });
  // @ts-expect-error: there is no such filter
  await page({ filter: { office: ['odihr'] } });
  // @ts-expect-error: a day is text
  await page({ filter: { publishedFrom: new Date() } });
  // @ts-expect-error: the form is missing
  await ask(CreateRelease, {});
  // @ts-expect-error: a text needs a form of its body that there is
  await ask(CreateRelease, { input: { ...draft('A title'), text: { body: { format: 'DOCX', text: '' } } } });
}

/** A union names all that it may be. */
export function shown({ address }: AtAddressQuery): string {
  switch (address?.__typename) {
    case undefined:
      return 'never was';
    case 'Release':
      return unmask(ReleaseCard, address).title;
    case 'Redirect':
      return address.slug;
    case 'Tombstone':
      return address.reason;
    default:
      return address satisfies never;
  }
}

export const at = async (slug: string) => shown(await ask(AtAddress, { slug }));

type IsAny<T> = 0 extends 1 & T ? true : false;

/** No scalar of the schema is taken for anything at all. */
export const scalars: { [Name in keyof Scalars]: IsAny<Scalars[Name]['output']> } = {
  ID: false,
  String: false,
  Boolean: false,
  Int: false,
  Float: false,
  Date: false,
  DateTime: false,
  Locale: false,
  Long: false,
  UUID: false,
};
