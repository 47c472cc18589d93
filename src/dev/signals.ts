import { endProcess } from './processes.ts';
import type { Supervisor } from './supervisor.ts';

/** A terminal sends Ctrl-C to npm and to us, and npm passes it on: what comes this soon after, in ms, is the same one. */
const ECHO = 2_000;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, or when the process that handed over to us is gone,
 * after the supervisor was told to stop. A later signal kills what has not ended yet.
 */
export function onceStopped(onStop: (reason: string) => Supervisor): Promise<void> {
  let since: number | null = null;
  let supervisor: Supervisor;
  return new Promise((resolve) => {
    const stop = (reason: string) => {
      if (since === null) {
        since = Date.now();
        supervisor = onStop(reason);
        void supervisor.stop().then(resolve);
      } else if (Date.now() - since > ECHO) {
        for (const { child } of supervisor.running) void endProcess(child.ref, 'SIGKILL');
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => stop(signal));
    }
    if (process.connected) process.once('disconnect', () => stop('bin/run.mjs is gone'));
  });
}
