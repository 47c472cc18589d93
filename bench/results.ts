import { availableParallelism, totalmem } from 'node:os';
import Table from 'cli-table3';
import { openDatabase } from '../src/marketing/database.ts';
import type { Figure } from './figures.ts';
import type { Host } from './host.ts';

/** One benchmark's figures. */
export interface Result {
  title: string;
  /** How they were measured, in sentences. */
  method: string;
  figures: readonly Figure[];
}

const HEAD = ['figure', 'value', 'bound', ''];
const verdict = ({ bound, met }: Figure) => (bound === null ? '' : met ? 'met' : 'MISSED');

/** For the terminal. */
export function asText({ title, figures }: Result): string {
  const style = { head: [], border: [] };
  const table = new Table({ head: HEAD, colWidths: [50, 50, 18, 8], wordWrap: true, style });
  for (const figure of figures) {
    table.push([figure.what, figure.value, figure.bound ?? '', verdict(figure)]);
  }
  return `${title}\n${table.toString()}\n`;
}

/** For bench/results.md; of what it `kept`, on the same machine, the benchmarks that were not run stay. */
export function asMarkdown(results: readonly Result[], machine: string, kept = ''): string {
  const sections = new Map<string, string>();
  if (kept.includes(machine)) {
    for (const section of kept.trimEnd().split('\n\n## ').slice(1)) {
      sections.set(section.slice(0, section.indexOf('\n')), `## ${section}`);
    }
  }
  for (const { title, method, figures } of results) {
    const rows = figures.map(
      (figure) =>
        `| ${figure.what} | ${figure.value} | ${figure.bound ?? ''} | ${verdict(figure)} |`,
    );
    const table = [`| ${HEAD.join(' | ')} |`, '|---|---|---|---|', ...rows].join('\n');
    sections.set(title, [`## ${title}`, method, table].join('\n\n'));
  }
  return `${['# Benchmarks', INTRODUCTION, machine, ...sections.values()].join('\n\n')}\n`;
}

const INTRODUCTION = `Written by \`npm run bench\`, which fails when a bound is missed; each benchmark may be run by itself. Everything is real and starts fresh: the embedded PostgreSQL with its settings of \`npm start\`, Temporal's dev server, a worker process, and the sandbox org behind HTTP with its rows in the same PostgreSQL. All of it shares the machine's cores, so what the sandbox needs to answer is part of every time given here. Where a value comes from several rounds it is their median, with each round's in brackets.`;

/** Cores, memory and versions, and nothing that names the machine. */
export async function describeMachine(host: Host): Promise<string> {
  const db = openDatabase(await host.database('postgres'), { max: 1 });
  try {
    const { rows } = await db.query<{ version: string }>(
      `select current_setting('server_version') as version`,
    );
    const { serverVersion } = await host.client.workflowService.getSystemInfo({});
    const memory = Math.round(totalmem() / 2 ** 30);
    return (
      `Machine: ${availableParallelism()} cores, ${memory} GB of memory, ${process.platform} ${process.arch}. ` +
      `Node ${process.versions.node}, PostgreSQL ${rows[0]!.version}, Temporal server ${serverVersion}.`
    );
  } finally {
    await db.end();
  }
}
