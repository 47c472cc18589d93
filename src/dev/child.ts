import { spawn } from 'node:child_process';
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { adviceFor, lastLines, StartFailed } from './errors.ts';
import { endProcess, type ProcessRef, processRef } from './processes.ts';

/** A log this long moves to <name>.1 when its part starts again. */
const LOG_LIMIT = 20_000_000;

export interface Launch {
  /** As people know it: 'PostgreSQL'. */
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** User and group to run as. */
  owner?: { uid: number; gid: number } | null;
  logFile: string;
  /** The signal that ends it in order. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to end, in ms, before it is killed. */
  patience?: number;
  start?: StartContext;
}

/** What a part's start is given by the one who watches over it. */
export interface StartContext {
  /** Ends the wait for its readiness, and the part. */
  signal: AbortSignal;
  /** Told as soon as the process is there, long before it is ready. */
  onLaunch(child: Child): Promise<void>;
}

/** A child process that runs, its output going to its log file. */
export interface Child {
  readonly name: string;
  readonly ref: ProcessRef;
  readonly logFile: string;
  /** Where in its log this run begins, in bytes. */
  readonly logStart: number;
  readonly stopSignal: NodeJS.Signals;
  readonly patience: number;
  readonly signal: AbortSignal | undefined;
  /** The first line it printed on stdout; never settles when it prints none. */
  readonly firstLine: Promise<string>;
  /** Resolves when it has ended, to how: "exit code 1", "signal SIGKILL". */
  readonly exited: Promise<string>;
  hasExited(): boolean;
  stop(): Promise<void>;
}

/**
 * Starts a process of its own session, so that Ctrl-C in the terminal reaches the starter alone,
 * which then stops the parts in order.
 */
export async function launch(options: Launch): Promise<Child> {
  const { name, logFile, stopSignal = 'SIGTERM', patience = 15_000 } = options;
  const log = await openLog(logFile);
  const { size: logStart } = await log.stat();
  try {
    const child = await spawnWithLog(options, log);
    await options.start?.onLaunch(child);
    return child;
  } catch (error) {
    if (error instanceof StartFailed) throw error;
    throw new StartFailed(
      `${name} could not be started (${options.command}).`,
      adviceFor(String(error), `Its log: ${logFile}`),
      String(error),
      error,
    );
  } finally {
    await log.close();
  }

  async function spawnWithLog(launching: Launch, file: FileHandle): Promise<Child> {
    const child = spawn(launching.command, launching.args, {
      detached: true,
      stdio: ['ignore', 'pipe', file.fd],
      ...(launching.cwd === undefined ? {} : { cwd: launching.cwd }),
      ...(launching.env === undefined ? {} : { env: launching.env }),
      ...(launching.owner ?? {}),
    });
    let ended = false;
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        ended = true;
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const firstLine = readFirstLine(child.stdout!, logFile);
    const ref = await processRef(child.pid!);
    if (ref === null) {
      await exited;
      throw await startFailure({ name, logFile, logStart }, await exited);
    }
    return {
      name,
      ref,
      logFile,
      logStart,
      stopSignal,
      patience,
      signal: launching.start?.signal,
      firstLine,
      exited,
      hasExited: () => ended,
      async stop() {
        await endProcess(ref, stopSignal, patience);
        await exited;
      },
    };
  }
}

/**
 * Asks `probe` again and again until it gives a value other than null.
 * A child that ends meanwhile, or `patience` ms gone by, is a StartFailed with the end of its log;
 * the child is stopped then.
 */
export async function untilReady<T>(
  child: Child,
  probe: () => Promise<T | null>,
  patience: number,
): Promise<T> {
  const deadline = Date.now() + patience;
  try {
    while (!child.hasExited()) {
      child.signal?.throwIfAborted();
      const answer = await probe();
      if (answer !== null) return answer;
      if (Date.now() > deadline) {
        throw await startFailure(child, `no answer after ${patience / 1000} s`);
      }
      await Promise.race([sleep(100), child.exited]);
    }
    throw await startFailure(child, await child.exited);
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Waits for the one JSON line a part prints when it is up. */
export async function readyLine(child: Child, patience: number): Promise<unknown> {
  let line: string | null = null;
  child.firstLine.then((text) => {
    line = text;
  });
  const text = await untilReady(child, async () => line, patience);
  try {
    return JSON.parse(text);
  } catch (error) {
    await child.stop();
    throw new StartFailed(
      `${child.name} said something else than its ready line.`,
      `Its log: ${child.logFile}`,
      text,
      error,
    );
  }
}

async function startFailure(
  { name, logFile, logStart }: Pick<Child, 'name' | 'logFile' | 'logStart'>,
  how: string,
): Promise<StartFailed> {
  const tail = await lastLines(logFile, logStart);
  return new StartFailed(
    `${name} did not start (${how}).${tail ? ' The end of its log:' : ''}`,
    adviceFor(tail, `Its whole log: ${logFile}`),
    tail,
  );
}

function readFirstLine(stdout: NodeJS.ReadableStream, logFile: string): Promise<string> {
  return new Promise((resolve) => {
    let first = true;
    createInterface({ input: stdout }).on('line', (line) => {
      // The first line may hold passwords: it goes to the starter and not into the log.
      if (first) resolve(line);
      else void append(logFile, `${line}\n`);
      first = false;
    });
  });
}

async function append(logFile: string, text: string): Promise<void> {
  const log = await open(logFile, 'a', 0o600);
  await log.write(text);
  await log.close();
}

async function openLog(file: string): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true });
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
}
