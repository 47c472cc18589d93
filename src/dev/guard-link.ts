import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Guarded } from './guard.ts';
import type { RunningPart } from './supervisor.ts';

const ENTRY = fileURLToPath(new URL('./guard.ts', import.meta.url));

/** The starter's end of the pipe to its guard. */
export interface GuardLink {
  update(guarded: readonly Guarded[]): void;
}

export function startGuard(endpointsFile: string): GuardLink {
  const child: ChildProcess = spawn(process.execPath, [ENTRY, endpointsFile, String(process.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A guard that was killed is missed only if the starter dies too; the next start ends what is left.
  child.stdin!.on('error', () => undefined);
  child.on('error', () => undefined);
  child.unref();
  return {
    update(guarded) {
      child.stdin!.write(`${JSON.stringify(guarded)}\n`);
    },
  };
}

export function toGuarded(running: readonly RunningPart[]): Guarded[] {
  return running.map(({ part, child }) => ({
    ref: child.ref,
    level: part.level,
    signal: child.stopSignal,
    patience: child.patience,
  }));
}
