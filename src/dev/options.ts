import { parseArgs } from 'node:util';
import { parseDuration } from '../config.ts';

export interface StartOptions {
  /** DIR. */
  data: string;
  /** Leads and contacts of a sandbox org that is made now; null: the sandbox's own default. */
  people: number | null;
  /** ms between cycles; null: as the config says. */
  pauseMs: number | null;
  config: string | undefined;
  fresh: boolean;
  sync: boolean;
  web: boolean;
}

export const USAGE = `npm start -- [options]
  --data DIR     where all is kept (default .tandem)
  --people N     leads and contacts of the sandbox org when it is made (default 2000, at most 1000000)
  --pause 5s     pause between cycles, 1s to 1d
  --config FILE  settings (default tandem.yaml, when there is one here or in DIR)
  --fresh        begin with empty data
  --no-sync      start everything but the worker and the connection
  --no-web       without the operator's page`;

/** Wrong arguments; the message says which. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

const MOST_PEOPLE = 1_000_000;
const DAY = 86_400_000;

/** @throws WrongUse for an unknown option, a value missing or out of range, or a stray argument */
export function parseOptions(argv: readonly string[]): StartOptions {
  const values = parse(argv);
  return {
    data: notEmpty('--data', values.data) ?? '.tandem',
    people: values.people === undefined ? null : people(values.people),
    pauseMs: values.pause === undefined ? null : pause(values.pause),
    config: notEmpty('--config', values.config),
    fresh: values.fresh ?? false,
    sync: !values['no-sync'],
    web: !values['no-web'],
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        people: { type: 'string' },
        pause: { type: 'string' },
        config: { type: 'string' },
        fresh: { type: 'boolean' },
        'no-sync': { type: 'boolean' },
        'no-web': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code?.startsWith('ERR_PARSE_ARGS')) throw new WrongUse(message.split('. ')[0]);
    throw error;
  }
}

function notEmpty(option: string, value: string | undefined): string | undefined {
  if (value?.trim() === '') throw new WrongUse(`${option} is empty`);
  return value;
}

function people(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= MOST_PEOPLE) return count;
  throw new WrongUse(`--people ${text}: a whole number from 0 to ${MOST_PEOPLE} is wanted`);
}

function pause(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms >= 1_000 && ms <= DAY) return ms;
  throw new WrongUse(`--pause ${text}: a time from 1s to 1d is wanted, such as 5s, 10m or 2h`);
}
