import {
  access,
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  createFolder,
  dataFolder,
  forget,
  postgresDataFolder,
  readState,
  writeState,
} from '../../src/dev/folder.ts';
import { isReachable } from '../../src/dev/postgres-binaries.ts';
import { temporaryFolder } from './folder.ts';

const NOBODY = { uid: 65_534, gid: 65_534 };

async function made() {
  const folder = dataFolder(join(await temporaryFolder(), 'data'));
  await createFolder(folder);
  return folder;
}

it('ports and password stay the same from start to start, for the owner’s eyes only', async () => {
  const folder = await made();
  const state = await readState(folder);
  expect(state.postgresPassword.length).toBeGreaterThan(20);
  expect((await readState(folder)).postgresPassword).not.toBe(state.postgresPassword);
  state.ports.temporal = 20_001;
  await writeState(folder, state);
  expect(await readState(folder)).toEqual(state);
  expect((await stat(folder.state)).mode & 0o777).toBe(0o600);
});

it('--fresh empties what a start keeps, and leaves what is not its own', async () => {
  const folder = await made();
  const inDatabase = join(folder.root, 'postgres', 'PG_VERSION');
  await mkdir(join(folder.root, 'postgres'));
  for (const file of [inDatabase, folder.temporalDatabase, join(folder.root, 'my-notes')]) {
    await writeFile(file, 'x');
  }
  await writeState(folder, await readState(folder));
  await forget(folder);
  expect((await readdir(folder.root)).toSorted()).toEqual(['.gitignore', 'my-notes']);
});

it('--fresh follows a link to PostgreSQL’s data only where a start puts it', async () => {
  const folder = await made();
  const elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere, 'PG_VERSION'), '18');
  await symlink(elsewhere, join(folder.root, 'postgres'));
  await forget(folder);
  await access(join(elsewhere, 'PG_VERSION'));
});

it('git leaves the folder alone', async () => {
  const folder = await made();
  expect(await readFile(join(folder.root, '.gitignore'), 'utf8')).toBe('*\n');
});

it('PostgreSQL’s data lies in the folder where its user can get there', async () => {
  const folder = await made();
  const own = join(folder.root, 'postgres');
  expect(await postgresDataFolder(folder, null)).toEqual({ path: own, elsewhere: false });
  await chmod(join(folder.root, '..'), 0o700);
  expect(await isReachable(folder.root, NOBODY)).toBe(false);
  await chmod(join(folder.root, '..'), 0o711);
  expect(await isReachable(folder.root, NOBODY)).toBe(true);
  expect(await postgresDataFolder(folder, NOBODY)).toEqual({ path: own, elsewhere: false });
});

it.runIf(process.getuid?.() === 0)(
  'a private folder that is empty is opened for passing through; one that holds something is not',
  async () => {
    const [empty, full] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(full, 'x'), '');
    for (const path of [empty, full]) await chmod(path, 0o700);
    for (const path of [empty, full]) await createFolder(dataFolder(path));
    expect((await stat(empty)).mode & 0o777).toBe(0o711);
    expect((await stat(full)).mode & 0o777).toBe(0o700);
  },
);
