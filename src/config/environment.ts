import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of one connection: NAME__EUROPE, or NAME for the default or the only one; a _FILE after it reads a file. */
export class ConnectionEnvironment {
  readonly #env: Environment;
  readonly #suffix: string;
  readonly #plain: boolean;
  readonly #problems: string[];

  /** `plain`: variables without the suffix belong to this connection too. Unreadable files go to `problems`. */
  constructor(env: Environment, connection: string, plain: boolean, problems: string[]) {
    this.#env = env;
    this.#suffix = `__${connection.toUpperCase().replaceAll('-', '_')}`;
    this.#plain = plain;
    this.#problems = problems;
  }

  /** Null when it is not set, or empty. */
  read(name: string): string | null {
    for (const variable of this.#names(name)) {
      const given = this.#env[variable];
      if (given) return given;
      const file = this.#env[`${variable}_FILE`];
      if (file) return this.readFile(file, `${variable}_FILE`);
    }
    return null;
  }

  /** The name to set, for messages. */
  nameOf(name: string): string {
    return this.#names(name).at(-1)!;
  }

  /** A secret's file, trimmed; `namedBy` is what named it, for the message. */
  readFile(file: string, namedBy = 'endpoints.json'): string | null {
    try {
      return readFileSync(file, 'utf8').trim() || null;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      this.#problems.push(`${namedBy} names a file that cannot be read (${code}).`);
      return null;
    }
  }

  #names(name: string): string[] {
    const suffixed = `${name}${this.#suffix}`;
    return this.#plain ? [suffixed, name] : [suffixed];
  }
}
