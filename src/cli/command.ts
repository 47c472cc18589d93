import { Command, InvalidArgumentError } from 'commander';
import {
  type Config,
  type ConnectionConfig,
  environmentGives,
  loadConfig,
  type Need,
  parseDuration,
} from '../config.ts';
import { type Database, openDatabase } from '../operations/database.ts';
import { connectTemporal, type TemporalConnection } from '../temporal/client.ts';
import { WrongUse } from './failures.ts';
import type { Io } from './io.ts';

/** The options of every command. */
export interface CommonOptions {
  data?: string;
  config?: string;
  connection?: string;
  json?: boolean;
}

/** Used without --data when the environment names no part of its own. */
const DEFAULT_DATA = '.tandem';

export function command(name: string, description: string): Command {
  return withCommonOptions(new Command(name).description(description));
}

/** The program takes them too: they may stand before or after the command's name. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder of npm start, for what the environment does not set')
    .option('--config <file>', 'settings (default: tandem.yaml, if it is there)')
    .option('--connection <name>', 'the connection (default: the first in the settings)')
    .option('--json', 'print one JSON value and nothing else');
}

/** What a command works with, opened when first asked for. */
export class Context {
  readonly config: Config;
  readonly connection: ConnectionConfig;
  readonly json: boolean;
  readonly #io: Io;
  readonly #closers: (() => Promise<void>)[] = [];
  #database: Database | null = null;
  #temporal: Promise<TemporalConnection> | null = null;

  constructor(options: CommonOptions, io: Io, needs: readonly Need[]) {
    this.config = loadConfig({
      file: options.config,
      dataDir: dataFolder(options),
      needs,
      needed: options.connection ?? null,
    });
    this.connection = select(this.config, options.connection);
    this.json = options.json ?? false;
    this.#io = io;
  }

  get database(): Database {
    if (this.#database === null) {
      const database = openDatabase(this.connection.databaseUrl, { max: 2 });
      this.#database = database;
      this.#closers.push(() => database.end());
    }
    return this.#database;
  }

  temporal(): Promise<TemporalConnection> {
    this.#temporal ??= connectTemporal(this.config.temporal).then((temporal) => {
      this.#closers.push(() => temporal.close());
      return temporal;
    });
    return this.#temporal;
  }

  /** The value as JSON when that was asked for, else its human form. */
  print(value: unknown, human: () => string): void {
    this.#io.out(this.json ? `${JSON.stringify(value, null, 2)}\n` : human());
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }
}

/** Runs a command's work on a context that is closed at its end, however it ends. */
export async function withContext<T>(
  options: CommonOptions,
  io: Io,
  needs: readonly Need[],
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const context = new Context(options, io, needs);
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}

/** The data folder that counts: the one given, or the default one unless the environment has parts of its own. */
export function dataFolder(options: CommonOptions): string | undefined {
  if (options.data !== undefined) return options.data;
  const { salesforce, database, temporal } = environmentGives();
  return salesforce || database || temporal ? undefined : DEFAULT_DATA;
}

function select(config: Config, name: string | undefined): ConnectionConfig {
  const found =
    name === undefined
      ? config.connections[0]
      : config.connections.find((connection) => connection.name === name);
  if (found) return found;
  const names = config.connections.map((connection) => connection.name).join(', ');
  throw new WrongUse(`There is no connection ${name}: the settings have ${names}.`);
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('It must have a unit, such as 30s, 5m or 2h.');
  return ms;
}

export function instant(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('It must be a date or an instant in ISO 8601.');
  }
  return date;
}
