import fc from 'fast-check';
import { expect, it } from 'vitest';
import { soql } from './fuzz-soql.ts';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';

/** FUZZ_RUNS and FUZZ_SEED look further than every run of the tests can. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 250);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_102);

const REFUSALS = [
  'EXCEEDED_ID_LIMIT',
  'INVALID_FIELD',
  'INVALID_QUERY_FILTER_OPERATOR',
  'INVALID_TYPE',
  'MALFORMED_QUERY',
  'NUMBER_OUTSIDE_VALID_RANGE',
];

const sandbox = sandboxForTests();
const call = restForTests(sandbox, 'admin');

it('a query is answered or refused as a query, however odd it is', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(soql, async (text) => {
      const { status, body } = await call('GET', `query?q=${encodeURIComponent(text)}`);
      if (status === 200) expect(body.records).toBeInstanceOf(Array);
      else expect([status, REFUSALS.includes(body[0].errorCode)]).toEqual([400, true]);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
