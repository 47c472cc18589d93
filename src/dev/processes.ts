import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process told apart from a later one that got the same pid. */
export interface ProcessRef {
  pid: number;
  /** When it started, as the system tells it; compared as text only. */
  started: string;
}

/** Names a running process, or null when there is none with this pid (or only its zombie is left). */
export async function processRef(pid: number): Promise<ProcessRef | null> {
  const started =
    process.platform === 'linux' ? await linuxStart(pid) : await psField(pid, 'lstart=');
  return started === null ? null : { pid, started };
}

/** The command line of a process, arguments separated by blanks; '' when it is gone. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') return (await psField(pid, 'command=')) ?? '';
  const text = await readProc(`/proc/${pid}/cmdline`);
  return (text ?? '').replaceAll('\0', ' ').trim();
}

export async function isRunning(ref: ProcessRef): Promise<boolean> {
  return (await processRef(ref.pid))?.started === ref.started;
}

/**
 * Asks a process to end and waits; kills it when it has not ended `patience` ms later.
 * Does nothing to a process that took over the pid.
 */
export async function endProcess(
  ref: ProcessRef,
  signal: NodeJS.Signals = 'SIGTERM',
  patience = 10_000,
): Promise<void> {
  for (const [how, wait] of [
    [signal, patience],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!(await isRunning(ref))) return;
    sendSignal(ref.pid, how);
    const deadline = Date.now() + wait;
    while (Date.now() < deadline) {
      if (!(await isRunning(ref))) return;
      await sleep(50);
    }
  }
}

/** Sends a signal; false when the process is gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

let bootId: Promise<string> | undefined;

async function linuxStart(pid: number): Promise<string | null> {
  const stat = await readProc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The command's name stands in brackets and may hold blanks and brackets: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  bootId ??= readProc('/proc/sys/kernel/random/boot_id').then((text) => text?.trim() ?? '');
  // Field 22 of proc(5), clock ticks since boot: only with the boot's id does it name one process.
  return `${await bootId}/${fields[19]}`;
}

async function readProc(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return null;
    throw error;
  }
}

async function psField(pid: number, field: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', field, '-p', String(pid)]);
    return stdout.trim() || null;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'number') return null;
    throw error;
  }
}
