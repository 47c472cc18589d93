import { benchChanges } from './changes.ts';
import { FIELDS } from './fields.ts';
import { type Figure, number } from './figures.ts';
import { benchGrowth } from './growth.ts';
import type { Host } from './host.ts';
import { benchIdle } from './idle.ts';
import { benchLoad } from './load.ts';
import type { Name, Options } from './options.ts';
import { benchPushes } from './pushes.ts';
import { benchSandbox, SANDBOX_METHOD } from './sandbox.ts';

export interface Benchmark {
  name: Name;
  title: string;
  /** How it is measured, in sentences for the results. */
  method: string;
  run(host: Host): Promise<Figure[]>;
}

const MAPPED = `${FIELDS.standard} standard and ${FIELDS.custom} custom fields of people are mapped besides the Id; \`tandem.yaml\` switches their others off.`;

export function benchmarks(options: Options): Benchmark[] {
  const { rows, people, changes, small, large, loads, rounds } = options;
  return [
    {
      name: 'load',
      title: `First load of all objects, with ${number(rows)} people`,
      method: `Half of the people are leads, half contacts; what belongs to them is loaded too, all objects of \`npm start\`'s sandbox org. ${MAPPED} The clock runs from the call that starts the connection to the commit of the last row: login, describes, schema and counting are in it. The ideal is what the same PostgreSQL needs for the same rows right after, one table after the other: \`COPY\` of the loaded columns from a file in its data folder into an empty twin of the table (\`LIKE … INCLUDING ALL EXCLUDING INDEXES\`, so with its defaults and generated column), then \`CREATE INDEX\` for each index of the table. A checkpoint goes before either. ${loads} times, each with a marketing database of its own.`,
      run: (host) => benchLoad(host, rows, loads),
    },
    {
      name: 'idle',
      title: 'A cycle in which nothing has changed',
      method: `${number(people)} leads and what belongs to them, all objects of \`npm start\`'s sandbox org. Calls are counted by the sandbox org, events by Temporal, writes by PostgreSQL's statistics over all tables of schema \`marketing\`. Each cycle is asked for (\`sync\`), which adds the request's own events to its history.`,
      run: (host) => benchIdle(host, people),
    },
    {
      name: 'changes',
      title: `${number(changes)} changes on each side in one cycle`,
      method: `${number(people)} people, ${MAPPED.replace(/^./, (first) => first.toLowerCase())} ${number(changes)} leads drawn at random get a new title in the sandbox org's database, with fresh stamps, and as many others in marketing by one \`UPDATE\`; then one sync is asked for, and the time is from the request to the end of the cycle. Every change must have arrived. Calls are counted by the sandbox org. Up to \`bulk.queryThreshold\` (10,000) rows come by REST; beyond it they come by Bulk API, whose steps add a dozen events for each page of 50,000 rows.`,
      run: (host) => benchChanges(host, people, changes),
    },
    {
      name: 'pushes',
      title: `${number(people)} changed people by Bulk API and by collections`,
      method: `${MAPPED} The leads of one org, changed in marketing by one \`UPDATE\` that gives them a new title; then one sync is asked for, and the time is from the request to the end of the cycle. Two connections, one after the other, with \`bulk.writeThreshold\` at 1 and at more than there are. Every change must have arrived. All calls of the cycle are counted, its fetch included; both read the records again right before they write, 2,000 a call. \`bulk.writeThreshold\` is 2,000 by default: from about there on Bulk API needs fewer calls, and below it its looks at a job cost time.`,
      run: (host) => benchPushes(host, people),
    },
    {
      name: 'growth',
      title: `${number(large)} people against ${number(small)}`,
      method: `Two orgs, each with a connection, a marketing database and a worker process of its own. Memory is the worker's highest resident set (VmHWM), counted anew from just before its first load. Cycles take turns between the two, ${rounds} rounds: leads drawn at random from all over the table are changed on one side, a sync is asked for, and the time is from the request to the end of the cycle. \`overlap\` is 2 seconds here, so that a round does not read the one before again. Both databases are vacuumed and analysed after the load.`,
      run: (host) => benchGrowth(host, { small, large }, rounds),
    },
    {
      name: 'sandbox',
      title: "The sandbox org's own speed",
      method: SANDBOX_METHOD,
      run: benchSandbox,
    },
  ];
}
