import { readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readEndpoints } from '../../src/config/endpoints.ts';
import { Board, PARTS } from '../../src/dev/board.ts';
import { unpublish } from '../../src/dev/endpoints.ts';
import { createFolder, dataFolder } from '../../src/dev/folder.ts';
import type { RunningPart } from '../../src/dev/supervisor.ts';
import { temporaryFolder } from './folder.ts';

const ORG = {
  url: 'http://127.0.0.1:2',
  controlUrl: 'http://127.0.0.1:2/control',
  username: 'sync@example.com',
  password: 'p',
  securityToken: 't',
  clientId: 'c',
  clientSecret: 's',
  refreshToken: 'r',
  jwtKeyFile: '/key.pem',
  admin: { username: 'admin@example.com', password: 'q' },
};

function running(part: { name: string; level: number }, pid: number): RunningPart {
  const child = { ref: { pid, started: 'x' }, stopSignal: 'SIGTERM', patience: 1 };
  return { part, child } as unknown as RunningPart;
}

async function board() {
  const folder = dataFolder(await temporaryFolder());
  await createFolder(folder);
  const guarded: unknown[] = [];
  const made = new Board(folder, 'default', { update: (list) => guarded.push(list) });
  const published = async () => JSON.parse(await readFile(folder.endpoints, 'utf8'));
  return { folder, made, guarded, published };
}

describe('endpoints.json', () => {
  it('has the shape of the contract, and only its owner may read it', async () => {
    const { folder, made, published } = await board();
    made.endpoints.database = { url: 'postgres://127.0.0.1:1/tandem' };
    made.endpoints.temporal = { address: 'a:1', namespace: 'default', webUi: 'http://a:2' };
    made.setSandbox(ORG);
    await made.onChange([
      running(PARTS.postgres, 11),
      running(PARTS.temporal, 12),
      running(PARTS.sandbox, 13),
      running(PARTS.worker, 14),
    ]);
    await made.publish();
    const { url, ...rest } = ORG;
    expect(await published()).toEqual({
      connection: 'default',
      salesforce: { loginUrl: url, instanceUrl: url, ...rest },
      database: { url: 'postgres://127.0.0.1:1/tandem' },
      temporal: { address: 'a:1', namespace: 'default', webUi: 'http://a:2' },
      web: null,
      pids: { main: process.pid, worker: [14], postgres: 11, temporal: 12, sandbox: 13 },
    });
    expect((await stat(folder.endpoints)).mode & 0o777).toBe(0o600);
    expect(readEndpoints(folder.root)?.salesforce?.username).toBe('sync@example.com');
  });

  it('is there only once everything is up, follows each restart, and is gone at the end', async () => {
    const { folder, made, guarded, published } = await board();
    await made.onChange([running(PARTS.postgres, 11)]);
    await made.tellParts();
    expect(readEndpoints(folder.root)).toBeNull();
    expect(readEndpoints(folder.runtime)?.connection).toBe('default');
    await made.publish();
    await made.onChange([running(PARTS.postgres, 21)]);
    expect((await published()).pids).toMatchObject({ postgres: 21, worker: [], sandbox: null });
    expect(guarded.at(-1)).toMatchObject([{ ref: { pid: 21 }, level: 1 }]);
    await unpublish(folder);
    expect(readEndpoints(folder.root)).toBeNull();
    expect(readEndpoints(folder.runtime)).toBeNull();
  });
});
