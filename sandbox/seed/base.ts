import type { Faker } from '@faker-js/faker';
import type { Database } from '../storage.ts';

/**
 * The material rows are put together from: a block of people, companies and places for each
 * language, so that name, firm and town of one row belong together. Kept in `org_seed` while the org
 * is being made.
 */
export const BLOCK_SIZE = 250;
export const TEXT_COUNT = 400;

/** Language and share of the people, in percent. */
const LANGUAGES: [locale: string, share: number][] = [
  ['en', 44],
  ['de', 10],
  ['fr', 8],
  ['es', 6],
  ['ja', 5],
  ['zh_CN', 5],
  ['ru', 4],
  ['ar', 4],
  ['ko', 3],
  ['th', 2],
  ['he', 2],
  ['el', 2],
  ['vi', 3],
  ['cs_CZ', 2],
];

/** The block's number for each percent. */
export const BLOCK_BY_PERCENT = LANGUAGES.flatMap(([, share], block) => Array(share).fill(block));

const SEED = 20_250_101;

interface BaseRow {
  i: number;
  first: string;
  middle: string;
  last: string;
  mail_first: string;
  mail_last: string;
  company: string;
  domain: string;
  street: string;
  city: string;
  state: string;
  postal: string;
  country: string;
  latitude: number;
  longitude: number;
}

/** Fills `org_seed.base` (by `i` = block × BLOCK_SIZE + place in it) and `org_seed.text`. */
export async function createBase(db: Database): Promise<void> {
  const { faker: english } = await import('@faker-js/faker/locale/en');
  english.seed(SEED);
  await db.query(`
    CREATE SCHEMA org_seed;
    CREATE UNLOGGED TABLE org_seed.base (
      i int PRIMARY KEY, first text, middle text, last text, mail_first text, mail_last text,
      company text, domain text, street text, city text, state text, postal text, country text,
      latitude numeric, longitude numeric);
    CREATE UNLOGGED TABLE org_seed.text (i int PRIMARY KEY, title text, body text)`);
  await insert(db, 'base', await baseRows(english));
  await insert(db, 'text', textRows(english));
  await db.query('ANALYZE org_seed.base, org_seed.text');
}

async function insert(db: Database, table: string, rows: object[]): Promise<void> {
  await db.query(
    `INSERT INTO org_seed.${table} SELECT * FROM jsonb_populate_recordset(NULL::org_seed.${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

async function baseRows(english: Faker): Promise<BaseRow[]> {
  const rows: BaseRow[] = [];
  for (const [locale] of LANGUAGES) {
    const { faker } = (await import(`@faker-js/faker/locale/${locale}`)) as { faker: Faker };
    faker.seed(SEED);
    for (let k = 0; k < BLOCK_SIZE; k++) rows.push(baseRow(rows.length, faker, english));
  }
  return rows;
}

/** Lengths are those of the narrowest field the value goes to. */
function baseRow(i: number, faker: Faker, english: Faker): BaseRow {
  const first = cut(faker.person.firstName(), 40);
  const last = cut(faker.person.lastName(), 80);
  const company = cut(faker.company.name(), 200);
  return {
    i,
    first,
    middle: cut(faker.person.firstName(), 40),
    last,
    mail_first: slug(first).slice(0, 14) || slug(english.person.firstName()),
    mail_last: slug(last).slice(0, 20) || slug(english.person.lastName()),
    company,
    domain: `${slug(company).slice(0, 30) || `${slug(english.company.name()).slice(0, 20)}-${i}`}.example`,
    street: cut(faker.location.streetAddress(), 255),
    city: cut(faker.location.city(), 40),
    state: cut(faker.location.state(), 80),
    postal: cut(faker.location.zipCode(), 20),
    country: cut(faker.location.country(), 80),
    latitude: english.location.latitude(),
    longitude: english.location.longitude(),
  };
}

function textRows(english: Faker): { i: number; title: string; body: string }[] {
  return Array.from({ length: TEXT_COUNT }, (_, i) => {
    const sentences = english.helpers.multiple(() => english.company.buzzPhrase(), { count: 6 });
    const [a, b, c, d, e, f] = sentences;
    const bodies = [
      `${a}, ${b}. ${c}!`,
      `${a}\n${b}\n\n- ${c}\n- ${d}`,
      `${a}\r\n${b}\r\n${c}`,
      `They said: "${a}", then "${b}".`,
      `<p>${a} &amp; <b>${b}</b><br/>${c}</p>`,
      `${a} 🎉 ${b}; ${c}\t${d} — ${e}… ${f}`,
    ];
    return { i, title: cut(english.person.jobTitle(), 80), body: bodies[i % bodies.length]! };
  });
}

/** Cut by code points, as a cut inside a surrogate pair would not be text any more. */
const cut = (value: string, length: number): string =>
  value.length <= length ? value.trim() : [...value].slice(0, Math.floor(length / 2)).join('');

const slug = (value: string): string =>
  value
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
