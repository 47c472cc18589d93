import { parseArgs } from 'node:util';

export const NAMES = ['load', 'idle', 'changes', 'pushes', 'growth', 'sandbox'] as const;
export type Name = (typeof NAMES)[number];

export interface Options {
  only: readonly Name[];
  /** Leads and contacts of the first load, half of each. */
  rows: number;
  /** Leads of the org that idles and changes. */
  people: number;
  /** On each side in one cycle. */
  changes: number;
  /** Leads of the two orgs that are compared. */
  small: number;
  large: number;
  loads: number;
  rounds: number;
  /** At full size: only that is worth keeping. */
  isFull: boolean;
}

const FULL = {
  ...{ rows: 500_000, people: 50_000, changes: 10_000 },
  ...{ small: 10_000, large: 1_000_000, loads: 3, rounds: 7 },
};

export const USAGE = `npm run bench -- [${NAMES.join('] [')}] [options]
  --rows N      leads and contacts of the first load (${FULL.rows})
  --loads N     first loads, one after the other (${FULL.loads})
  --people N    leads of the org that idles and changes (${FULL.people})
  --changes N   changes on each side in one cycle (${FULL.changes})
  --small N     leads of the smaller of two orgs (${FULL.small})
  --large N     leads of the larger one (${FULL.large})
  --rounds N    rounds of timed cycles in both (${FULL.rounds})
bench/results.md keeps the figures of runs with none of these options; those named, or all of them.`;

/** Wrong arguments; the message says which. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** @throws WrongUse */
export function parseOptions(argv: readonly string[]): Options {
  const { values, positionals } = parse(argv);
  const unknown = positionals.find((name) => !NAMES.includes(name as Name));
  if (unknown !== undefined) throw new WrongUse(`There is no benchmark "${unknown}".`);
  const sizes = { ...FULL };
  for (const name of Object.keys(FULL) as (keyof typeof FULL)[]) {
    const text = values[name];
    if (text === undefined) continue;
    if (!/^[1-9]\d{0,7}$/.test(text)) throw new WrongUse(`--${name} ${text} is no such number.`);
    sizes[name] = Number(text);
  }
  const only = positionals.length > 0 ? (positionals as Name[]) : NAMES;
  return { ...sizes, only, isFull: Object.keys(values).length === 0 };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.keys(FULL).map((name) => [name, { type: 'string' as const }]),
      ) as Record<keyof typeof FULL, { type: 'string' }>,
    });
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
}
