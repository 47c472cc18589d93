import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Everything a workflow may import (design rule 2): what the bundle's code depends on. */
const SOURCES = ['workflows', 'src/sync'];
const CACHE = join(ROOT, 'node_modules', '.cache', 'tandem');

/**
 * The workflows as one script for the worker. Bundling takes seconds, so it is kept by the hash of its
 * sources: a worker that is restarted polls at once.
 */
export async function workflowBundle(logger?: Logger): Promise<{ code: string }> {
  const file = join(CACHE, `workflows-${await sourceHash()}.js`);
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (kept !== null) return { code: kept };
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    ...(logger && { logger }),
  });
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, bundle.code);
  await rename(draft, file);
  return { code: bundle.code };
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    version: string;
  };
  hash.update(version);
  for (const folder of SOURCES) {
    const names = await readdir(join(ROOT, folder), { recursive: true });
    for (const name of names.filter((name) => name.endsWith('.ts')).sort()) {
      hash.update(`${folder}/${name}\0`).update(await readFile(join(ROOT, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
