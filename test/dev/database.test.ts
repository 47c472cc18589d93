import pg from 'pg';
import { expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';

it('a test gets a UTF-8 database of its own that is gone afterwards', async () => {
  const first = await freshDatabase();
  const second = await freshDatabase();
  expect(first.url).not.toBe(second.url);
  const client = new pg.Client({ connectionString: first.url });
  await client.connect();
  const { rows } = await client.query(
    "select lower('ÄÉŽ') as lower, current_setting('server_encoding') as encoding",
  );
  expect(rows).toEqual([{ lower: 'äéž', encoding: 'UTF8' }]);
  await client.end();
  await first.drop();
  await second.drop();
  await expect(new pg.Client({ connectionString: first.url }).connect()).rejects.toMatchObject({
    code: '3D000',
  });
});
