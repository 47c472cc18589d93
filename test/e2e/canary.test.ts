import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemForTests } from '../support/system-for-tests.ts';

/** Of a planted person: what must be nowhere but in the two databases. */
const PERSON = [
  'Zwetschgenknödel',
  'canary.bird@planted.example',
  '+43 720 123987',
  'Vogelweidplatz',
];

const system = systemForTests({
  people: 40,
  config: 'people:\n  createInSalesforce: always\nlog:\n  level: trace\n',
});
/** Every CLI error of the run. */
const stderrs: string[] = [];
/** Credential → its name. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  const { password, securityToken, clientSecret, refreshToken, jwtKeyFile, admin } =
    system.endpoints.salesforce;
  secrets.set(password, 'password').set(securityToken, 'security token');
  secrets.set(clientSecret, 'client secret').set(refreshToken!, 'refresh token');
  secrets.set(admin.password, 'admin’s password');
  secrets.set(new URL(system.endpoints.database.url).password, 'database password');
  const key = await readFile(jwtKeyFile!, 'utf8');
  secrets.set(key.split('\n')[1]!, 'private key');
  await misadventures();
});

/** The planted person goes every way, the good and the bad ones. */
async function misadventures(): Promise<void> {
  const [lastName, email, phone, street] = PERSON as [string, string, string, string];
  const fields = {
    LastName: lastName,
    Company: 'Planted',
    Email: email,
    Phone: phone,
    Street: street,
  };
  const pulled = await system.crm.create('Lead', fields);
  const made = `insert into marketing.person (last_name, company, email, phone, address, num_employees)
    values ($1, 'Planted', $2, $3, $4, $5)`;
  await system.sql(made, [...PERSON, 1]);
  await system.sql(made, [...PERSON, -1]);
  await run('sync', '--wait');
  // A conflict, a refused push, and one that the database refuses by a rule of its users.
  await system.crm.update('Lead', pulled, { City: lastName });
  await system.sql('update marketing.person set city = $2, num_employees = -7 where sfdc_id = $1', [
    pulled,
    email,
  ]);
  const refused = await system.crm.create('Lead', { ...fields, City: 'Refused' });
  await system.sql(
    "alter table marketing.person add constraint no_refusal check (city <> 'Refused') not valid",
  );
  await run('sync', '--wait');
  await system.crm.update('Lead', refused, { LastName: `${lastName}-${lastName}` });
  // Salesforce at its worst, in the middle of a step with the person's data.
  for (const kind of ['drop-after', 'break-page', 'expire-session', 'row-lock', 'error']) {
    await system.crm.update('Lead', pulled, { Title: `${lastName} ${kind}` });
    await system.sql(
      'update marketing.person set job_title = $2, num_employees = 3 where sfdc_id = $1',
      [pulled, `${email} ${kind}`],
    );
    await system.control('POST', 'faults', { kind, times: 1 });
    await run('sync', '--wait', '--timeout', '30s');
    await system.control('DELETE', 'faults');
  }
  // The database away from under a table, so that a step fails with PostgreSQL's own words.
  await system.sql('alter table tandem.staged_lead rename to staged_lead_away');
  await system.crm.update('Lead', pulled, { Title: `${lastName} again` });
  await run('sync', '--wait', '--timeout', '4s');
  await system.sql('alter table tandem.staged_lead_away rename to staged_lead');
  await run('resume');
  await run('frobnicate');
  await run('check');
  // Credentials that are refused.
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = publicKey.export({ type: 'spki', format: 'pem' });
  await system.orgSql('update org_meta.connected_app set jwt_public_key = $1', [other]);
  await system.control('POST', 'faults', { kind: 'expire-session', times: 1 });
  await run('sync', '--wait', '--timeout', '10s');
}

async function run(...args: string[]): Promise<void> {
  stderrs.push((await system.tandem(args)).stderr);
}

function expectClean(where: string, text: string): void {
  const found = [...secrets].filter(([secret]) => text.includes(secret)).map(([, name]) => name);
  found.push(...PERSON.filter((value) => text.includes(value)));
  const first =
    PERSON.find((value) => text.includes(value)) ??
    [...secrets.keys()].find((secret) => text.includes(secret));
  const around =
    first === undefined
      ? ''
      : text.slice(Math.max(text.indexOf(first) - 200, 0), text.indexOf(first));
  expect({ where, found, around }).toEqual({ where, found: [], around: '' });
}

describe('a planted person and every credential', () => {
  it('are in the two databases, so that what follows can fail', async () => {
    const people = await system.sql('select id from marketing.person where email = $1', [
      PERSON[1],
    ]);
    expect(people.length).toBeGreaterThan(2);
    expect((await system.tandem(['errors'])).json.length).toBeGreaterThan(0);
    expect(stderrs.join('').length).toBeGreaterThan(100);
  });

  it('N7, L4: are in no history of Temporal, nor in its memos, summaries and search attributes', async () => {
    let runs = 0;
    let read = '';
    for await (const { workflowId, runId } of system.temporal.workflow.list()) {
      const handle = system.temporal.workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      const text = decoded(history);
      expectClean(`${workflowId} ${runId}`, text);
      read += text;
      expectClean(`${workflowId} ${runId}`, decoded(await handle.describe()));
      runs += 1;
    }
    expect(runs).toBeGreaterThan(5);
    // The payloads were read: an activity's input stands there in plain text.
    expect(read).toContain('{"connection":"default"');
  });

  it('L4: are in no log, at any level', async () => {
    const output = await system.output();
    expect(Object.keys(output)).toEqual(
      expect.arrayContaining([
        'worker.log',
        'postgres.log',
        'temporal.log',
        'sandbox.log',
        'starter',
      ]),
    );
    expect(output['worker.log']!.length).toBeGreaterThan(1_000);
    // The starter tells the person at the terminal where the database is.
    const told = output.starter!.replaceAll(system.endpoints.database.url, '');
    for (const [name, text] of Object.entries({ ...output, starter: told })) {
      expectClean(name, text);
    }
  });

  it('L4: are in no error that a command prints', () => {
    for (const stderr of stderrs) expectClean('stderr', stderr);
  });

  it('L4: the credentials are in no row of the marketing database', async () => {
    const tables = await system.sql<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname in ('marketing', 'tandem')`,
    );
    for (const { name } of tables) {
      const [row] = await system.sql<{ text: string | null }>(
        `select string_agg(t::text, ' ') as text from ${name} t`,
      );
      for (const [secret, what] of secrets) {
        expect({ name, what, found: row!.text?.includes(secret) ?? false }).toMatchObject({
          found: false,
        });
      }
    }
  });
});

/** An object's JSON, and after it the text of every payload in it. */
function decoded(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? part.toString() : part,
  );
  const payloads = [...text.matchAll(/"data":"([^"]*)"/g)].map(([, base64]) =>
    Buffer.from(base64!, 'base64').toString('utf8'),
  );
  const bytes = [...text.matchAll(/"type":"Buffer","data":\[([\d,]*)\]/g)].map(([, list]) =>
    Buffer.from(list!.split(',').map(Number)).toString('utf8'),
  );
  return [text, ...payloads, ...bytes].join('\n');
}
