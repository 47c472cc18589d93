import { fileURLToPath } from 'node:url';
import { type Child, launch, readyLine, type StartContext } from './child.ts';

export interface WorkerOptions {
  /** A folder with an endpoints.json, for what the environment does not set. */
  dataFolder: string;
  /** tandem.yaml, when another than the working directory's. */
  configFile: string | undefined;
  logFile: string;
  start: StartContext;
}

/**
 * A quarter of Node's young generation, as bin/run.mjs has it for `tandem worker`: the rows that stream
 * through are garbage at once, and in 16 MB they lie for long before anybody looks (A2).
 */
const FLAGS = ['--max-semi-space-size=4'];

const ENTRY = fileURLToPath(new URL('../worker.ts', import.meta.url));

/** Starts a worker; it is ready once it polls Temporal. */
export async function startWorker(options: WorkerOptions): Promise<Child> {
  const { dataFolder, configFile, logFile, start } = options;
  const child = await launch({
    name: 'The worker',
    command: process.execPath,
    args: [...FLAGS, ENTRY, '--data', dataFolder, ...(configFile ? ['--config', configFile] : [])],
    logFile,
    // It lets running activities end first.
    patience: 30_000,
    start,
  });
  await readyLine(child, 120_000);
  return child;
}
