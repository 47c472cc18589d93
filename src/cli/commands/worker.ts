import type { Command } from 'commander';
import { type CommonOptions, command, dataFolder } from '../command.ts';
import type { Io } from '../io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function workerCommand(io: Io): Command {
  return command('worker', 'run a worker for every connection, until it is stopped').action(
    async (options: CommonOptions) => {
      // Loaded when it is needed: the other commands start without the worker's native code.
      const { runWorker } = await import('../../worker.ts');
      const stop = new AbortController();
      const abort = () => stop.abort();
      for (const signal of SIGNALS) process.once(signal, abort);
      try {
        await runWorker({
          dataDir: dataFolder(options),
          file: options.config,
          ready: () => options.json || io.out('The worker is up. Stop it with Ctrl-C.\n'),
          signal: stop.signal,
        });
      } finally {
        for (const signal of SIGNALS) process.off(signal, abort);
      }
      if (options.json) io.out(`${JSON.stringify({ stopped: true })}\n`);
    },
  );
}
