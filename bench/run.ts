/** `npm run bench`: measures, prints the figures, and keeps those at full size in bench/results.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { explain } from '../src/dev/errors.ts';
import { benchmarks } from './benchmarks.ts';
import { BenchmarkFailed } from './failure.ts';
import { startHost } from './host.ts';
import { NAMES as ALL, parseOptions, USAGE, WrongUse } from './options.ts';
import { asMarkdown, asText, describeMachine, type Result } from './results.ts';

const RESULTS = fileURLToPath(new URL('./results.md', import.meta.url));

/** @returns the exit code: 0 every bound is met, 1 one is missed or nothing could be measured, 2 wrong use */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  const report = (text: string) => process.stdout.write(`${text}\n`);
  const ended = new AbortController();
  const end = () => ended.abort(new BenchmarkFailed('Stopped before the end: nothing is written.'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  if (process.connected) process.once('disconnect', end);

  const host = await startHost(report, ended.signal);
  const results: Result[] = [];
  try {
    const machine = await describeMachine(host);
    report(machine);
    for (const { name, title, method, run } of benchmarks(options)) {
      if (!options.only.includes(name)) continue;
      report(`\n${title} …`);
      const result = { title, method, figures: await run(host) };
      results.push(result);
      report(asText(result));
    }
    if (options.isFull) {
      const kept = options.only.length < ALL.length ? await readFile(RESULTS, 'utf8') : '';
      await writeFile(RESULTS, asMarkdown(results, machine, kept));
    } else report('Not at full size: bench/results.md stays as it is.');
  } finally {
    await host.stop();
  }
  const missed = results.flatMap(({ figures }) => figures.filter(({ met }) => !met));
  for (const { what, value, bound } of missed) report(`Missed: ${what}: ${value}, ${bound}.`);
  return missed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const wrongUse = error instanceof WrongUse;
  process.stderr.write(`${wrongUse ? `${error.message}\n${USAGE}` : explain(error)}\n`);
  process.exitCode = wrongUse ? 2 : 1;
}
// A guard's pipe must not keep this process.
process.exit();
