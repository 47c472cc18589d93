/**
 * `npm run -s edit -- salesforce|marketing [--data DIR] [what]`: makes one edit on one
 * side, by that side's own means, to be seen arriving on the other. Without `what`, a title.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { table } from '../cli/table.ts';
import type { Endpoints } from './endpoints.ts';
import { readJson } from './files.ts';

const USAGE = `npm run -s edit -- marketing  [--data DIR] ["SQL"]
npm run -s edit -- salesforce [--data DIR] [<object>|<Id> Field=Value ...]
npm run -s edit -- salesforce [--data DIR] convert [<Id of a lead>]`;

const API = '/services/data/v60.0';

class Failed extends Error {}

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { data: { type: 'string', default: '.tandem' } },
    allowPositionals: true,
  });
  const [side, ...what] = positionals;
  if (side !== 'salesforce' && side !== 'marketing') throw new Failed(USAGE);
  const file = join(values.data, 'endpoints.json');
  const endpoints = (await readJson(file)) as Endpoints | null;
  if (endpoints === null) throw new Failed(`Nothing runs on ${values.data}: npm start first.`);
  if (side === 'marketing') await editMarketing(endpoints, what);
  else await editSalesforce(endpoints, what);
}

async function editMarketing({ database }: Endpoints, [given]: string[]): Promise<void> {
  if (database === null) throw new Failed('The marketing database is your own: edit it there.');
  const sql =
    given ??
    `update marketing.person set job_title = '${newTitle('marketing')}'
     where id = (select id from marketing.person where sfdc_type = 'Lead'
       and not sfdc_is_deleted and not sfdc_is_converted order by sfdc_id limit 1)
     returning sfdc_id, first_name, last_name, job_title`;
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    console.log(sql.replace(/\n\s+/g, '\n  '));
    // Several statements have a result each.
    for (const { rows, rowCount } of [await client.query(sql)].flat()) {
      if (rows.length > 0) show(rows);
      else console.log(`${rowCount ?? 0} rows.`);
    }
  } finally {
    await client.end();
  }
}

async function editSalesforce(endpoints: Endpoints, what: string[]): Promise<void> {
  const org = endpoints.salesforce;
  if (org === null) throw new Failed('Salesforce is your own: edit it there.');
  const [target = 'Lead', ...assignments] = what;
  const login = await send(`${org.loginUrl}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: org.clientId,
      client_secret: org.clientSecret,
      username: org.admin.username,
      password: org.admin.password,
    }),
  });
  const base = `${login.instance_url}${API}`;
  const headers = { Authorization: `Bearer ${login.access_token}` };
  if (target === 'convert') {
    const id = assignments[0] ?? (await firstId(base, headers, 'Lead'));
    return show([await convert(login, id)]);
  }
  const fields =
    assignments.length > 0 ? parseAssignments(assignments) : { Title: newTitle('Salesforce') };
  if (assignments.length === 0 && !/^(Lead|Contact|00Q|003)/.test(target)) {
    throw new Failed(`Say what ${target} is to be given: Field=Value.\n${USAGE}`);
  }
  const isId = /^\w{15}(\w{3})?$/.test(target) && /\d/.test(target);
  const object = isId ? await objectOf(base, headers, target) : target;
  const id = isId ? target : await firstId(base, headers, object);
  await send(`${base}/sobjects/${object}/${id}`, {
    method: 'PATCH',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(fields),
  });
  const names = ['Id', ...Object.keys(fields)].join(',');
  const shown = await send(`${base}/sobjects/${object}/${id}?fields=${names}`, { headers });
  delete shown.attributes;
  show([shown]);
}

/** Rows under the names of their columns. */
function show(rows: readonly Record<string, unknown>[]): void {
  const head = Object.keys(rows[0]!);
  const cell = (value: unknown) =>
    value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const lines = rows.map((row) => head.map((name) => cell(row[name])));
  process.stdout.write(table(head, lines));
}

/** The object whose ids begin as this one does. */
async function objectOf(base: string, headers: Record<string, string>, id: string) {
  const { sobjects } = await send(`${base}/sobjects`, { headers });
  const objects = sobjects as { name: string; keyPrefix: string | null }[];
  const found = objects.find(({ keyPrefix }) => keyPrefix === id.slice(0, 3));
  if (!found) throw new Failed(`${id} is no Id of the org.\n${USAGE}`);
  return found.name;
}

/** Converts a lead to a new contact and account of its own, as a colleague does in the CRM. */
async function convert(login: Record<string, unknown>, leadId: string) {
  const colleague = String(login.id).split('/').at(-1);
  const response = await fetch(`${login.instance_url}/services/Soap/u/60.0`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/xml', SOAPAction: '""' },
    body: `<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><env:Header><SessionHeader><sessionId>${login.access_token}</sessionId></SessionHeader></env:Header><env:Body><convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><leadId>${leadId}</leadId><ownerId>${colleague}</ownerId></leadConverts></convertLead></env:Body></env:Envelope>`,
  });
  const text = await response.text();
  const value = (tag: string) => new RegExp(`<${tag}>([^<]*)<`).exec(text)?.[1] ?? null;
  if (value('success') !== 'true') {
    throw new Failed(`Salesforce does not convert ${leadId}: ${value('message') ?? text}`);
  }
  const [contactId, accountId] = [value('contactId'), value('accountId')];
  return { leadId, contactId, accountId, opportunityId: value('opportunityId') };
}

/** The first record of an object; of the leads one that may still be edited. */
async function firstId(base: string, headers: Record<string, string>, object: string) {
  const condition = object === 'Lead' ? ' WHERE IsConverted = false' : '';
  const soql = `SELECT Id FROM ${object}${condition} ORDER BY Id LIMIT 1`;
  const found = await send(`${base}/query?q=${encodeURIComponent(soql)}`, { headers });
  const [record] = found.records as { Id: string }[];
  if (!record) throw new Failed(`The org has no ${object}.`);
  return record.Id;
}

async function send(url: string, init: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (!response.ok) throw new Failed(`Salesforce answers ${response.status}: ${body}`);
  return body ? JSON.parse(body) : {};
}

function parseAssignments(texts: string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new Failed(`${text} is not Field=Value.\n${USAGE}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** Another one each second, so that each edit is one. */
/** Another on each side, so that both in one second are a conflict. */
function newTitle(side: string): string {
  return `Head of Tea in ${side}, since ${new Date().toTimeString().slice(0, 8)}`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // What PostgreSQL or the network refuses says enough by its message.
  console.error(
    error instanceof Failed || (error as { code?: string }).code ? (error as Error).message : error,
  );
  process.exitCode = 1;
}
