import { expect, vi } from 'vitest';
import type { RunningSandbox } from './support.ts';
import type { restClient } from './support-client.ts';

export const CSV = { 'content-type': 'text/csv' };

/** The leads of a company, as the database holds them. */
export const leadsOf = ({ pool }: RunningSandbox, company: string) =>
  pool.query(
    `SELECT "LastName", "FirstName", "Title", "IsDeleted" FROM org."Lead" WHERE "Company" = $1 ORDER BY "LastName"`,
    [company],
  );

/** Ingest jobs of Bulk API 2.0, as a client drives them. */
export function ingestClient(call: ReturnType<typeof restClient>) {
  async function open(facts: object): Promise<string> {
    const { status, body } = await call('POST', 'jobs/ingest', {
      object: 'Lead',
      operation: 'insert',
      ...facts,
    });
    expect([status, body]).toEqual([200, expect.anything()]);
    return body.id;
  }

  async function finish(id: string, state = 'JobComplete') {
    return vi.waitFor(
      async () => {
        const { body } = await call('GET', `jobs/ingest/${id}`);
        expect(body.state, JSON.stringify(body)).toBe(state);
        return body;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  const close = (id: string) => call('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' });
  const results = async (id: string, kind: string) =>
    (await call('GET', `jobs/ingest/${id}/${kind}`)).body as string;

  /** Makes a job, uploads, closes and waits for it. */
  async function load(facts: object, csv: string, state = 'JobComplete') {
    const id = await open(facts);
    expect((await call('PUT', `jobs/ingest/${id}/batches`, csv, CSV)).status).toBe(201);
    expect((await close(id)).status).toBe(200);
    const job = await finish(id, state);
    const successful = await results(id, 'successfulResults');
    const failed = await results(id, 'failedResults/');
    return { id, job, successful, failed };
  }

  return { open, finish, close, results, load };
}
