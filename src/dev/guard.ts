/**
 * A process of its own that holds the other end of a pipe from the starter. When the starter is gone
 * without having stopped its parts (kill -9), it stops them in order. Each line it reads is the
 * whole list of parts as JSON; an empty list means that nothing is left to do.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { readJson } from './files.ts';
import { endProcess, type ProcessRef } from './processes.ts';

export interface Guarded {
  ref: ProcessRef;
  level: number;
  signal: NodeJS.Signals;
  /** ms to end before it is killed. */
  patience: number;
}

/** Ends processes, the highest level first; those that are gone or are others' are left alone. */
export async function endAll(guarded: readonly Guarded[]): Promise<void> {
  const levels = [...new Set(guarded.map(({ level }) => level))].sort((a, b) => b - a);
  for (const level of levels) {
    const parts = guarded.filter((part) => part.level === level);
    await Promise.all(parts.map(({ ref, signal, patience }) => endProcess(ref, signal, patience)));
  }
}

async function guard(endpointsFile: string, starter: number): Promise<void> {
  let guarded: Guarded[] = [];
  // Signals to the terminal's group or to all of a user's processes: the parts come first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  for await (const line of createInterface({ input: process.stdin })) guarded = JSON.parse(line);
  if (guarded.length === 0) return;
  const endpoints = (await readJson(endpointsFile)) as { pids?: { main?: number } } | null;
  if (endpoints?.pids?.main === starter) await rm(endpointsFile, { force: true });
  await endAll(guarded);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await guard(process.argv[2]!, Number(process.argv[3]));
}
