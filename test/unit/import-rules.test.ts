import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf } from '../support/imports.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['src', 'workflows', 'activities', 'sandbox', 'bench', 'test', 'bin'];

interface Source {
  /** From the root, with slashes. */
  path: string;
  text: string;
}

/** One import as the rules see it: a file of ours by path from the root, or a package by name. */
interface Import {
  from: string;
  to: string;
  isPackage: boolean;
  typeOnly: boolean;
}

interface Rule {
  name: string;
  /** Whether it speaks of this import at all. */
  concerns(edge: Import): boolean;
  allows(edge: Import): boolean;
}

const under =
  (...places: string[]) =>
  (path: string) =>
    places.some((place) => path === place || path.startsWith(`${place}/`));
const isBuiltin = (to: string) => to.startsWith('node:');

/** The import rules of the design, by their numbers there. */
const RULES: Rule[] = [
  {
    name: '1: src/sync imports nothing but itself',
    concerns: ({ from }) => under('src/sync')(from),
    allows: ({ to, isPackage }) => !isPackage && under('src/sync')(to),
  },
  {
    name: '2: workflows/ import Temporal’s workflow packages, src/sync, and types of activities/',
    concerns: ({ from }) => under('workflows')(from),
    allows: ({ to, isPackage, typeOnly }) =>
      isPackage
        ? ['@temporalio/workflow', '@temporalio/common'].includes(to)
        : under('workflows', 'src/sync')(to) || (typeOnly && under('activities')(to)),
  },
  {
    name: '3: activities/ reach Salesforce and the database through src/ only',
    concerns: ({ from, isPackage }) => under('activities')(from) && isPackage,
    allows: ({ to }) => !['jsforce', 'pg', 'pg-copy-streams', 'undici'].includes(to),
  },
  {
    name: '4: jsforce only in src/salesforce',
    concerns: ({ from, to }) => to === 'jsforce' && under('src', 'workflows', 'activities')(from),
    allows: ({ from }) => under('src/salesforce')(from),
  },
  {
    name: '4: pg only in src/marketing, src/ledger, src/operations and src/dev',
    concerns: ({ from, to }) =>
      ['pg', 'pg-copy-streams'].includes(to) && under('src', 'workflows', 'activities')(from),
    allows: ({ from }) => under('src/marketing', 'src/ledger', 'src/operations', 'src/dev')(from),
  },
  {
    name: '5: cli and web import messages, workflow types, operations, config and temporal',
    concerns: ({ from, isPackage }) => under('src/cli', 'src/web')(from) && !isPackage,
    allows: ({ from, to, typeOnly }) =>
      under(from.startsWith('src/cli') ? 'src/cli' : 'src/web')(to) ||
      under('workflows/messages.ts', 'src/operations', 'src/config.ts', 'src/config')(to) ||
      under('src/temporal', 'src/worker.ts', 'src/log.ts')(to) ||
      typeOnly,
  },
  {
    name: '6: sandbox/ imports nothing of the rest',
    concerns: ({ from, isPackage }) => under('sandbox')(from) && !isPackage,
    allows: ({ to }) => under('sandbox')(to),
  },
  {
    name: '6: only src/dev, tests and benchmarks import sandbox/',
    concerns: ({ to, isPackage }) => !isPackage && under('sandbox')(to),
    allows: ({ from }) => under('sandbox', 'src/dev', 'test', 'bench')(from),
  },
  {
    name: '7: only src/worker.ts wires activities to their dependencies',
    concerns: ({ from, to, typeOnly }) =>
      under('src', 'workflows')(from) && under('activities')(to) && !typeOnly,
    allows: ({ from }) => from === 'src/worker.ts',
  },
];

function problemsOf({ path, text }: Source): string[] {
  const problems = importsOf(path, text).flatMap(({ specifier, typeOnly }) => {
    const isPackage = !specifier.startsWith('.');
    if (isPackage && isBuiltin(specifier) && !under('src/sync', 'workflows')(path)) return [];
    const to = isPackage ? packageName(specifier) : join(dirname(path), specifier);
    const edge = { from: path, to, isPackage, typeOnly };
    return RULES.filter((rule) => rule.concerns(edge) && !rule.allows(edge)).map(
      (rule) => `${path} imports ${to}, against ${rule.name}`,
    );
  });
  // The launcher runs before there is anything to import, and tests set what they test.
  const mayReadEnvironment = under('src/config.ts', 'bin/run.mjs', 'test', 'bench')(path);
  if (!mayReadEnvironment && /\bprocess\s*\.\s*env\b|\bprocess\[['"]env/.test(code(text))) {
    problems.push(`${path} reads process.env, against 4: only src/config.ts does`);
  }
  return problems;
}

function packageName(specifier: string): string {
  if (isBuiltin(specifier)) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Without comments, which may speak of what the code must not do. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');
}

function sources(): Source[] {
  return FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        const path = relative(ROOT, file).replaceAll('\\', '/');
        return { path, text: readFileSync(file, 'utf8') };
      }),
  );
}

describe('import rules of the design', () => {
  it('every source file keeps them', () => {
    const all = sources();
    expect(all.length).toBeGreaterThan(50);
    expect(all.flatMap(problemsOf)).toEqual([]);
  });

  it.each([
    [1, 'src/sync/a.ts', "import { z } from 'zod'"],
    [1, 'src/sync/a.ts', "import { readFile } from 'node:fs'"],
    [1, 'src/sync/a.ts', "export * from '../config.ts'"],
    [1, 'src/sync/a.ts', "import type { Config } from '../config.ts'"],
    [2, 'workflows/a.ts', "import { run } from '../activities/index.ts'"],
    [2, 'workflows/a.ts', "import { type A, run } from '../activities/index.ts'"],
    [2, 'workflows/a.ts', "import pg from 'pg'"],
    [2, 'workflows/a.ts', "import { sleep } from 'node:timers'"],
    [3, 'activities/a.ts', "import jsforce from 'jsforce'"],
    [3, 'activities/a.ts', "const pg = await import('pg')"],
    [4, 'src/marketing/a.ts', "import { Connection } from 'jsforce/lib/connection.js'"],
    [4, 'src/sync.ts', "import 'pg'"],
    [4, 'src/salesforce/a.ts', "import pg from 'pg'"],
    [5, 'src/cli/commands/a.ts', "import { apply } from '../../marketing/apply.ts'"],
    [5, 'src/cli/a.ts', "import { connection } from '../../workflows/connection.ts'"],
    [6, 'sandbox/a.ts', "import { loadConfig } from '../src/config.ts'"],
    [6, 'src/operations/a.ts', "import { schema } from '../../sandbox/schema.ts'"],
    [7, 'src/temporal/a.ts', "import { createActivities } from '../../activities/index.ts'"],
    [4, 'src/dev/a.ts', 'const home = process.env.HOME'],
    [4, 'sandbox/a.ts', "const { HOME } = process['env']"],
  ])('%i: a violation planted in %s is found: %s', (rule, path, text) => {
    expect(problemsOf({ path, text }).join()).toContain(`against ${rule}:`);
  });

  it.each([
    ['workflows/a.ts', "import type { Activities } from '../activities/index.ts'"],
    ['workflows/a.ts', "import { type Activities } from '../activities/index.ts'"],
    ['src/worker.ts', "import { createActivities } from '../activities/index.ts'"],
    ['src/dev/a.ts', "// process.env is read in src/config.ts\nimport pg from 'pg'"],
    ['src/cli/a.ts', "import type { connection } from '../../workflows/connection.ts'"],
    ['src/salesforce/a.ts', "const text = `import pg from 'pg'`"],
  ])('what is allowed in %s passes: %s', (path, text) => {
    expect(problemsOf({ path, text })).toEqual([]);
  });
});
