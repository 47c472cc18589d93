/** Actions asked for by a row, and done by the activity as its workflow would: until it ends. */
import { beforeAll, expect } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { type Pair, pairForTests } from './support.ts';

export interface Done {
  id: string;
  status: string;
  code: string | null;
  reason: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: ids by what they are
  result: any;
  /** Attempts of the activity, and how often the fault struck. */
  tries: number;
  struck: number;
}

export interface Asking {
  /** Paths on which the first answer is lost after the write. */
  lost?: string;
}

const MOST_TRIES = 6;

export async function ask(
  pair: Pair,
  kind: string,
  personId: string | null,
  parameters: object = {},
): Promise<string> {
  const [{ id }] = await pair.sql(
    `insert into marketing.salesforce_action (kind, person_id, parameters) values ($1, $2, $3)
     returning id`,
    [kind, personId, JSON.stringify(parameters)],
  );
  return id;
}

/** Inserts the row as a marketing user does, and does it. */
export async function act(
  pair: Pair,
  kind: string,
  personId: string | null,
  parameters: object = {},
  { lost }: Asking = {},
): Promise<Done> {
  const id = await ask(pair, kind, personId, parameters);
  if (lost !== undefined) {
    await pair.control('POST', '/faults', { kind: 'drop-after', path: lost, times: 1 });
  }
  let tries = 0;
  for (let ended = false; !ended; ) {
    tries += 1;
    try {
      await pair.run('runAction', { action: id });
      ended = true;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
  }
  const faults = lost === undefined ? [] : await pair.control('GET', '/faults');
  if (lost !== undefined) await pair.control('DELETE', '/faults');
  const [row] = await pair.sql('select * from marketing.salesforce_action where id = $1', [id]);
  const struck = faults.reduce((sum: number, { fired }: { fired: number }) => sum + fired, 0);
  return { ...row, tries, struck };
}

/** Writes by collections; reads go to other paths. */
export const COLLECTIONS = 'composite/sobjects($|\\?ids=)';
export const UPSERT = 'composite/sobjects/Lead/Tandem_Id__c';
export const SOAP = '/services/Soap/';

/** A loaded pair, a user and a queue of its org, and what the tests of a file do with people. */
export function actingForTests() {
  const pair = pairForTests({ people: { createInSalesforce: 'asked' } });
  beforeAll(async () => {
    await pair.load();
    await pair.cycle('first');
  }, 60_000);
  const user = forTests(async () => {
    const [one] = await pair.crm.query(
      "SELECT Id, Email FROM User WHERE IsActive = true AND Profile.Name = 'Sales' LIMIT 1",
    );
    return { id: one!.Id!, email: one!.Email! };
  });
  const queue = forTests(async () => {
    const [lead] = await pair.crm.query(
      "SELECT QueueId FROM QueueSobject WHERE SobjectType = 'Lead' LIMIT 1",
    );
    return { id: lead!.QueueId! };
  });

  let runs = 0;
  let people = 0;

  async function add(values: Record<string, unknown> = {}): Promise<string> {
    people += 1;
    const all = { last_name: `Person ${people}`, company: 'Nile', ...values };
    const names = Object.keys(all);
    const [{ id }] = await pair.sql(
      `insert into marketing.person (${names.join(', ')})
     values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
      Object.values(all),
    );
    return id;
  }

  /** A person with a record, as the sync knows it. */
  async function known(object: 'Lead' | 'Contact', fields: object = {}) {
    people += 1;
    const company = object === 'Lead' ? { Company: 'Nile' } : {};
    const sfdcId = await pair.crm.create(object, {
      ...{ LastName: `Known ${people}`, ...company, ...fields },
    });
    await cycle();
    const [{ id }] = await pair.sql('select id from marketing.person where sfdc_id = $1', [sfdcId]);
    return { id: id as string, sfdcId };
  }

  const cycle = () => {
    runs += 1;
    return pair.cycle(`cycle-${runs}`);
  };
  const person = async (id: string) =>
    (await pair.sql('select * from marketing.person where id = $1', [id]))[0];
  const leadsOf = (id: string) =>
    pair.crm.query(`SELECT Id, OwnerId, LastName FROM Lead WHERE Tandem_Id__c = '${id}'`);

  /** N4: the next cycle finds nothing new in what the action did. */
  async function quiet(): Promise<void> {
    const before = await versions();
    await cycle();
    expect(await versions()).toEqual(before);
    expect(await pair.sql('select 1 from tandem.pending_change')).toEqual([]);
  }
  const versions = () =>
    pair.sql(`select 'person' as of, sfdc_id, xmin::text from marketing.person
    union all select 'task', sfdc_id, xmin::text from marketing.task
    union all select 'member', sfdc_id, xmin::text from marketing.campaign_member order by 1, 2`);

  return { pair, user, queue, add, known, cycle, person, leadsOf, quiet };
}
