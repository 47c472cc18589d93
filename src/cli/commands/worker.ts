import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type CommonOptions, command, dataFolder } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import type { Io } from '../io.ts';

const ENTRY = fileURLToPath(new URL('../../worker.ts', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The worker is a process of its own, with an entry of its own: this starts it and stays with it. */
export function workerCommand(io: Io): Command {
  return command('worker', 'run a worker for every connection, until it is stopped').action(
    async (options: CommonOptions) => {
      const data = dataFolder(options);
      const args = [
        ...(data === undefined ? [] : ['--data', data]),
        ...(options.config === undefined ? [] : ['--config', options.config]),
      ];
      // With --json stdout is for the one value at the end.
      const worker = spawn(process.execPath, [ENTRY, ...args], {
        stdio: ['ignore', options.json ? 2 : 'inherit', 'inherit'],
      });
      const pass = (signal: NodeJS.Signals) => void worker.kill(signal);
      for (const signal of SIGNALS) process.on(signal, pass);
      const [code, signal] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null];
      for (const name of SIGNALS) process.off(name, pass);
      if (code !== 0) {
        throw new CommandFailed(
          `The worker ended with ${code === null ? signal : `exit code ${code}`}: its last lines above say why.`,
        );
      }
      if (options.json) io.out(`${JSON.stringify({ stopped: true })}\n`);
    },
  );
}
