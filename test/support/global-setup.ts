import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../src/dev/ports.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { postgresBinaries } from '../../src/dev/postgres-binaries.ts';
import { findTemporalCli } from '../../src/dev/temporal-cli.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of a PostgreSQL where tests may create databases. */
    postgresUrl: string;
    /** Temporal's CLI, for a dev server. */
    temporalCli: string;
  }
}

/**
 * What the tests share: Temporal's CLI, fetched or built before any test has to wait for it, and one
 * PostgreSQL: TANDEM_TEST_POSTGRES when set, else an embedded one that leaves nothing behind.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('temporalCli', await findTemporalCli((text) => console.log(text)));
  const given = process.env.TANDEM_TEST_POSTGRES;
  if (given) {
    project.provide('postgresUrl', given);
    return async () => undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'tandem-test-'));
  const binaries = await postgresBinaries();
  // mkdtemp makes it private; as root the server runs as another user, who has to pass through.
  if (binaries.owner) await chmod(folder, 0o711);
  const { child, url } = await startPostgres({
    dataFolder: join(folder, 'data'),
    port: await freePort(),
    password: 'test',
    logFile: join(folder, 'postgres.log'),
    binaries,
    // Nothing here outlives the run, so it need not be on disk.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  project.provide('postgresUrl', url('postgres'));
  return async () => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
