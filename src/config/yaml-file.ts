import { readFileSync } from 'node:fs';
import {
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './problem.ts';
import { type FileSettings, fileSchema } from './schema.ts';

const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token|credential|private_?key|jwt_?key|client_?id$|database_?url|connection_?string|api_?key/i;

/**
 * Reads tandem.yaml against its schema. Throws one ConfigError with every unknown or wrong key, each with
 * file and line. Values never appear in it.
 */
export function readSettings(file: string): FileSettings {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${at(error.pos[0])}: not YAML (${error.code}).`),
    );
  }
  const secrets = secretKeys(document.contents, at);
  if (secrets.length > 0) throw new ConfigError(secrets);
  const parsed = fileSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .flatMap((issue) => flatten(issue))
    .map((issue) => {
      const path = issue.path.map(String);
      const offset = offsetOf(document.contents, path);
      return { offset, text: `${at(offset)}: ${describe(path, issue)}.` };
    })
    .sort((a, b) => a.offset - b.offset)
    .map(({ text }) => text);
  throw new ConfigError([...new Set(problems)]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ConfigError([
      `${file} cannot be read (${code}): check the path given with --config.`,
    ]);
  }
}

function secretKeys(contents: Node | null, at: (offset: number) => string): string[] {
  const found: string[] = [];
  if (contents === null) return found;
  visit(contents, {
    Pair(_, pair) {
      if (!isScalar(pair.key) || !SECRET_KEY.test(String(pair.key.value))) return;
      found.push(
        `${at(pair.key.range?.[0] ?? 0)}: ${String(pair.key.value)} is a secret or part of one, and no place for it is here: ` +
          'remove it, and set it in the environment (SALESFORCE_…, DATABASE_URL) or in a file named by the same variable with _FILE.',
      );
    },
  });
  return found;
}

interface Issue {
  path: PropertyKey[];
  message: string;
  known?: string[] | undefined;
}

/** Unknown keys one by one; of a union, the branch that fits the kind of value given. */
function flatten(issue: z.core.$ZodIssue, prefix: PropertyKey[] = []): Issue[] {
  const path = [...prefix, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known key' }));
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? 'is not a valid name' }];
    case 'invalid_union': {
      const inner = issue.errors.find((errors) =>
        errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
      );
      if (inner) return inner.flatMap((error) => flatten(error, path));
      const messages = issue.errors.map((errors) => lowerFirst(errors[0]?.message ?? ''));
      return [{ path, message: messages.join(', or ') }];
    }
    default:
      return [{ path, message: lowerFirst(issue.message) }];
  }
}

function describe(path: string[], issue: Issue): string {
  const name = path.join('.') || 'the file';
  return `${name}: ${issue.message}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Where the key at a path stands, or the nearest key above it. */
function offsetOf(contents: Node | null, path: string[]): number {
  let node: unknown = contents;
  let offset = 0;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find(
      (item): item is Pair<{ value: unknown; range?: [number, number, number] }> =>
        isPair(item) && isScalar(item.key) && String(item.key.value) === key,
    );
    if (!pair) break;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
