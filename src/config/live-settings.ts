import { statSync } from 'node:fs';
import {
  type Config,
  type ConfigSource,
  type ConnectionConfig,
  loadConfig,
  settingsFile,
} from '../config.ts';
import { guardSecrets } from './guard.ts';
import { ConfigError } from './problem.ts';

/**
 * The connections' settings as tandem.yaml has them now: read again when the file has changed, so that
 * an object is enabled without a stop (A7, G2). Credentials, addresses and the list of connections are
 * those of the start.
 */
export class LiveSettings {
  readonly #source: ConfigSource;
  readonly #file: string;
  readonly #configs: Map<string, ConnectionConfig>;
  #seen: string;
  #problem: string | null = null;

  constructor(config: Config, source: ConfigSource = {}) {
    this.#source = source;
    this.#file = settingsFile(source);
    this.#configs = new Map(config.connections.map((one) => [one.name, one]));
    this.#seen = stampOf(this.#file);
  }

  /** A connection's settings of this moment. Throws nothing: a file that cannot be used leaves those before it. */
  of(name: string): ConnectionConfig {
    this.#look();
    return this.#configs.get(name)!;
  }

  /** Why the file's newest state is not in force; null when it is. */
  problem(): string | null {
    this.#look();
    return this.#problem;
  }

  #look(): void {
    const stamp = stampOf(this.#file);
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    try {
      for (const read of loadConfig(this.#source).connections) {
        const held = this.#configs.get(read.name);
        if (held !== undefined) this.#configs.set(read.name, renewed(held, read));
      }
      this.#problem = null;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problem = `The settings before the last change of tandem.yaml are in force: ${error.message}`;
    }
  }
}

/** The settings newly read, on the two sides that are open. */
function renewed(held: ConnectionConfig, read: ConnectionConfig): ConnectionConfig {
  const { databaseUrl, salesforce, apiVersion } = held;
  return guardSecrets({ ...read, databaseUrl, salesforce, apiVersion }, ['databaseUrl']);
}

/** Tells two states of a file apart; the same for a file that is not there. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
}
