import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type System, startSystem } from '../support/system.ts';

// Each command is a process of its own, on machines that may do much else.
vi.setConfig({ testTimeout: 300_000 });

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

let system: System;
beforeAll(async () => {
  system = await startSystem({ people: 200, config: 'objects: {Subscription__c: {}}' });
  await system.statusWhen(({ lastSync }) => lastSync !== null);
}, 120_000);
afterAll(() => system?.remove());

/** The lines of a document's code blocks, up to a heading. */
async function codeOf(file: string, end?: string): Promise<string[]> {
  const whole = await readFile(resolve(ROOT, file), 'utf8');
  const text = end === undefined ? whole : whole.slice(0, whole.indexOf(`\n## ${end}`));
  return [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, code]) => code!);
}

it('every command of the README’s tour does what it says, in the order in which it stands there', async () => {
  const lines = (await codeOf('README.md', 'Connect a real org')).join('').split('\n');
  // Those with an ellipsis stand for something of one's own.
  const commands = lines.filter((line) => /^npm run -s (edit|tandem) -- [^…]*$/.test(line));
  expect(commands.length).toBeGreaterThan(12);
  for (const command of commands) {
    const [asked] = command.split(/\s+#/) as [string];
    const done = await run('sh', ['-c', `${asked} --data '${system.dataDir}'`], {
      cwd: ROOT,
      env: system.env,
    });
    expect([asked, done.stdout.trim(), done.stderr]).toEqual([
      asked,
      expect.stringMatching(/./),
      '',
    ]);
  }
  await system.synced();
  expect(await system.sql('select winner from tandem.conflict')).toEqual([{ winner: 'marketing' }]);
  const kinds = await system.sql('select kind from marketing.activity');
  expect(kinds).toContainEqual({ kind: 'Lead is Converted' });
  const seats = await system.sql('select seats__c from marketing.subscription__c');
  expect(seats).toContainEqual({ seats__c: '77' });
});

it('the SQL of docs/programs.md makes a program whose campaign is made and linked', async () => {
  const [sql] = await codeOf('docs/programs.md');
  await system.sql(sql!);
  await system.synced();
  expect(await system.sql('select name, linked_at, link_error from marketing.program')).toEqual([
    { name: 'Spring webinar', linked_at: expect.any(Date), link_error: null },
  ]);
  const campaigns = await system.crm.query(
    `SELECT Type FROM Campaign WHERE Name = 'Spring webinar'`,
  );
  expect(campaigns).toMatchObject([{ Type: 'Webinar' }]);
});
