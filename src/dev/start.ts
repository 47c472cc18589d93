/** `npm start`: brings everything up, starts the connections, shows what goes on, and stops all in order. */
import { type SetPauseRequest, setPauseUpdate } from '../../workflows/messages.ts';
import { type Config, loadConfig } from '../config.ts';
import { connectionHandle, connectTemporal, startConnection } from '../temporal/client.ts';
import { Board } from './board.ts';
import { bringUp } from './bring-up.ts';
import { unpublish } from './endpoints.ts';
import { explain } from './errors.ts';
import { readJson } from './files.ts';
import { createFolder, type DataFolder, dataFolder, forget } from './folder.ts';
import { endAll, type Guarded } from './guard.ts';
import { startGuard } from './guard-link.ts';
import { type Lock, takeLock } from './lock.ts';
import { parseOptions, type StartOptions, USAGE, WrongUse } from './options.ts';
import { ownSettings } from './own-settings.ts';
import { onceStopped } from './signals.ts';
import { Supervisor } from './supervisor.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { watchConnections } from './watch.ts';
import { welcome } from './welcome.ts';

/** @returns the exit code: 0 stopped when asked to, 1 failed, 2 wrong use */
async function main(argv: readonly string[]): Promise<number> {
  const terminal = createTerminal(process.stdout);
  let options: StartOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    return 2;
  }
  const folder = dataFolder(options.data);
  try {
    // Before anything is started: what is wrong in the settings shows at once.
    loadConfig({ file: options.config, needs: [] });
    await createFolder(folder);
    const file = options.config ?? (await ownSettings(folder));
    const { connections } = loadConfig({ file, needs: [] });
    const lock = await lockFolder(folder);
    if (lock === null) return 1;
    try {
      // Left by a start that was killed: what it names is not there any more.
      await unpublish(folder);
      await endLeftovers(folder, terminal);
      if (options.fresh) await forget(folder).then(() => createFolder(folder));
      return await run(options, file, folder, connections[0]!.name, terminal);
    } finally {
      await unpublish(folder);
      await lock.release();
    }
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

async function run(
  options: StartOptions,
  configFile: string | undefined,
  folder: DataFolder,
  connection: string,
  terminal: Terminal,
): Promise<number> {
  const guard = startGuard(folder.endpoints);
  const board = new Board(folder, connection, guard);
  const supervisor = new Supervisor({
    report: (text) => terminal.line(text),
    onChange: (running) => board.onChange(running),
  });
  const stopped = onceStopped((reason) => {
    terminal.settle();
    terminal.line(`${reason}: stopping what was started …`);
    return supervisor;
  });
  try {
    await Promise.race([stopped, work()]);
    return 0;
  } catch (error) {
    // What a stop breaks off fails too; that is no failure of the start.
    if (supervisor.signal.aborted) return 0;
    terminal.settle();
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  } finally {
    await supervisor.stop();
    guard.update([]);
    terminal.settle();
    terminal.line('All stopped.');
  }

  async function work(): Promise<void> {
    const settings = { ...options, config: configFile };
    const config = await bringUp({ options: settings, folder, terminal, supervisor, board });
    if (options.sync) await startConnections(config, options.pauseMs);
    await board.publish();
    for (const line of welcome(options, folder, board.endpoints)) terminal.line(line);
    if (options.sync) await watchConnections(config, terminal, supervisor.signal);
    await stopped;
  }
}

/** Starts each connection's workflow; one that goes on from an earlier start is told a pause given now. */
async function startConnections(
  { connections, temporal }: Config,
  given: number | null,
): Promise<void> {
  const { client, close } = await connectTemporal(temporal);
  try {
    for (const { name, pauseMs } of connections) {
      const { taskQueue } = temporal;
      const isNew = await startConnection(client, name, { pauseMs: given ?? pauseMs, taskQueue });
      if (isNew || given === null) continue;
      const args: [SetPauseRequest] = [{ pauseMs: given }];
      await connectionHandle(client, name).executeUpdate(setPauseUpdate, { args });
    }
  } finally {
    await close();
  }
}

async function lockFolder(folder: DataFolder): Promise<Lock | null> {
  const lock = await takeLock(folder.lock);
  if ('release' in lock) return lock;
  process.stderr.write(
    `Tandem already runs on ${folder.root} (process ${lock.pid}): stop it first, or choose another folder with --data DIR.\n`,
  );
  return null;
}

/** Parts of a start that was killed together with its guard. */
async function endLeftovers(folder: DataFolder, terminal: Terminal): Promise<void> {
  const left = ((await readJson(folder.parts)) ?? []) as Guarded[];
  if (left.length > 0) terminal.line('Ending what the last start left running, if anything …');
  await endAll(left);
}

// Whoever read the output may be gone before us: the parts still have to be stopped in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exit(await main(process.argv.slice(2)));
