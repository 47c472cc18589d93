import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalId, checksum, makeId, makeIdFunction } from '../../sandbox/ids.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** 62⁷ − 1: seven digits are left for the number. */
const LAST_NUMBER = 3_521_614_606_207n;

describe('record ids', () => {
  it('trap 16: the checksum of 0057e00000RmwSW is AAZ', () => {
    expect(checksum('0057e00000RmwSW')).toBe('AAZ');
  });

  it('trap 16: 15 characters become 18, and 18 are kept when their checksum is right', () => {
    expect(canonicalId('0057e00000RmwSW')).toBe('0057e00000RmwSWAAZ');
    expect(canonicalId('0057e00000RmwSWAAZ')).toBe('0057e00000RmwSWAAZ');
  });

  it.each(['', '0057e00000RmwSWAAY', '0057e00000RmwS', '0057e00000RmwSWAA', '0057e00000Rmw-W'])(
    'trap 16: %j is no id',
    (id) => expect(canonicalId(id)).toBeNull(),
  );

  it('ids ascend with their numbers and never repeat', () => {
    const number = fc.bigInt({ min: 0n, max: LAST_NUMBER });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [makeId('00Q', a), makeId('00Q', b)];
        expect(x < y).toBe(a < b);
        expect(canonicalId(x)).toBe(x);
      }),
    );
  });
});

describe('org_meta.make_id', () => {
  let database: FreshDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await freshDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('CREATE SCHEMA org_meta');
    await client.query(makeIdFunction());
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('makes in SQL what makeId makes', async () => {
    const numbers = [0n, 1n, 61n, 62n, 3_843n, 3_844n, 1_000_000n, 987_654_321_012n, LAST_NUMBER];
    const { rows } = await client.query(
      `SELECT org_meta.make_id('00Q', n) AS id FROM unnest($1::bigint[]) WITH ORDINALITY AS u(n, i) ORDER BY i`,
      [numbers],
    );
    expect(rows.map((row) => row.id)).toEqual(numbers.map((n) => makeId('00Q', n)));
  });
});
