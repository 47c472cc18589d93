import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from './support.ts';
import { login, restClient } from './support-client.ts';

let sandbox: RunningSandbox;
let rest: ReturnType<typeof restClient>;
beforeAll(async () => {
  sandbox = await startSandbox();
  rest = restClient(sandbox, await login(sandbox));
});
afterAll(() => sandbox.stop());

const create = (richInput: object) => ({ method: 'POST', url: 'v60.0/sobjects/Lead', richInput });
const good = create({ LastName: 'Batch', Company: 'Acme' });
const bad = create({});

describe('Composite batch', () => {
  it('runs each subrequest by itself and says whether any failed', async () => {
    const { status, body } = await rest('POST', 'composite/batch', {
      batchRequests: [good, bad, good],
    });
    expect(status).toBe(200);
    expect(body.hasErrors).toBe(true);
    expect(body.results.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([
      201, 400, 201,
    ]);
  });

  it('haltOnError leaves the rest undone', async () => {
    const { body } = await rest('POST', 'composite/batch', {
      haltOnError: true,
      batchRequests: [bad, good],
    });
    expect(body.results[1]).toMatchObject({
      statusCode: 412,
      result: [{ errorCode: 'BATCH_PROCESSING_HALTED' }],
    });
  });

  it('more than 25 subrequests are refused', async () => {
    const batchRequests = Array.from({ length: 26 }, () => good);
    expect((await rest('POST', 'composite/batch', { batchRequests })).status).toBe(400);
  });
});
