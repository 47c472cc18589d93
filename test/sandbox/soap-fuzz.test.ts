import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readXml } from '../../sandbox/soap/read-xml.ts';
import { damage, oddEnvelope } from './fuzz-soap.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { post } from './soap-client.ts';
import { login } from './support-client.ts';

/** FUZZ_RUNS and FUZZ_SEED look further than every run of the tests can. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 250);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_102);

const sandbox = sandboxForTests();

const TABLES = ['Lead', 'Contact', 'Account', 'Opportunity', 'CampaignMember', 'User', 'Group'];

/** All rows that a call can write, as one text: equal when nothing was written. */
async function rows(): Promise<string> {
  const { rows: found } = await sandbox.pool.query(
    TABLES.map(
      (name) => `SELECT md5(string_agg(t::text, '' ORDER BY "Id")) AS hash FROM org."${name}" t`,
    ).join(' UNION ALL '),
  );
  return found.map(({ hash }) => hash).join();
}

/** Ids of live rows to put in the places of their names. */
async function names(token: string): Promise<Map<string, string>> {
  const { rows: found } = await sandbox.pool.query(
    `(SELECT 'lead' AS name, "Id" AS id FROM org."Lead" WHERE NOT "IsDeleted" ORDER BY random() LIMIT 1)
     UNION ALL (SELECT 'lead2', "Id" FROM org."Lead" ORDER BY random() LIMIT 1)
     UNION ALL (SELECT 'contact', "Id" FROM org."Contact" ORDER BY "Id" LIMIT 1)
     UNION ALL (SELECT 'account', "Id" FROM org."Account" ORDER BY "Id" LIMIT 1)
     UNION ALL (SELECT 'user', "Id" FROM org."User" ORDER BY "Id" DESC LIMIT 1)`,
  );
  return new Map([['token', token], ...found.map(({ name, id }): [string, string] => [name, id])]);
}

it('odd calls get an answer or a fault, both well-formed, and a fault has written nothing', {
  timeout: 600_000,
}, async () => {
  let before = await rows();
  let token = await login(sandbox, sandbox.admin);
  await fc.assert(
    fc.asyncProperty(oddEnvelope, damage, async (envelope, harm) => {
      const known = await names(token);
      const message = harm(envelope).replace(/@(\w+)@/g, (whole, name) => known.get(name) ?? whole);
      const { status, text } = await post(sandbox, message);
      const root = readXml(text);
      const answer = root.children.find(({ name }) => name === 'Body')!.children[0]!;
      expect(answer.name === 'Fault').toBe(status !== 200);
      expect(text).not.toContain('An unexpected error occurred');
      if (/<(logout|invalidateSessions)/.test(envelope))
        token = await login(sandbox, sandbox.admin);
      const after = await rows();
      const results = answer.children.filter(({ name }) => name === 'result');
      const succeeded = results.some(({ children }) =>
        children.some((child) => child.name === 'success' && child.text === 'true'),
      );
      if (!succeeded) expect(after).toBe(before);
      before = after;
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: process.env.FUZZ_RUNS !== undefined },
  );
});
