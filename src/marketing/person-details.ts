import { quote } from './columns.ts';
import type { Sql, Transaction } from './database.ts';

/** A person's owner; empty while a queue owns the lead (D3). */
const OWNER = ['first_name', 'last_name', 'title', 'phone', 'email'];
/** A contact's account's owner (D3). */
const ACCOUNT_OWNER = ['first_name', 'last_name', 'email'];

/**
 * Keeps the view marketing.person_details: every person with its columns, its owner, its account's
 * columns as account_… and that account's owner (D1, D3). Views can only grow at their end, so new
 * columns are appended, and what users built on the view stays. Changes nothing when it is complete.
 */
export async function keepPersonDetails(tx: Transaction): Promise<boolean> {
  const held = await columnsOf(tx, 'person_details');
  const wanted = await wantedColumns(tx);
  if (held.length > 0 && [...wanted.keys()].every((name) => held.includes(name))) return false;
  const order = [...held.filter((name) => wanted.has(name))];
  order.push(...[...wanted.keys()].filter((name) => !order.includes(name)));
  const list = order.map((name) => `${wanted.get(name)} as ${quote(name)}`);
  await tx.query(`create or replace view marketing.person_details as
    select ${list.join(',\n')}
    from marketing.person p
    left join marketing.sales_user o on o.sfdc_id = p.owner_id and o.kind = 'User'
    left join marketing.account a on a.sfdc_id = p.account
    left join marketing.sales_user ao on ao.sfdc_id = a.owner_id and ao.kind = 'User'`);
  return true;
}

/** Name in the view → expression. A person's own column keeps its name. */
async function wantedColumns(sql: Sql): Promise<Map<string, string>> {
  const wanted = new Map<string, string>();
  const add = (name: string, expression: string) => {
    if (!wanted.has(name)) wanted.set(name, expression);
  };
  for (const column of await columnsOf(sql, 'person')) add(column, `p.${quote(column)}`);
  for (const column of OWNER) add(`owner_${column}`, `o.${quote(column)}`);
  for (const column of ACCOUNT_OWNER) add(`account_owner_${column}`, `ao.${quote(column)}`);
  for (const column of await columnsOf(sql, 'account')) {
    const name = `account_${column}`;
    if (Buffer.byteLength(name) <= 63 && column !== 'sfdc_id') add(name, `a.${quote(column)}`);
  }
  return wanted;
}

async function columnsOf(sql: Sql, relation: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass('marketing.' || quote_ident($1))
       and attnum > 0 and not attisdropped
     order by attnum`,
    [relation],
  );
  return rows.map(({ name }) => name);
}
