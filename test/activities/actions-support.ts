/** Actions asked for by a row, and done by the activity as its workflow would: until it ends. */
import type { Pair } from './support.ts';

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
