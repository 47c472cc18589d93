import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../src/dev/ports.ts';

it('a port kept from the last start is taken again while it is free, and another one when it is not', async () => {
  const first = await freePort();
  expect(first).toBeGreaterThanOrEqual(20_000);
  expect(first).toBeLessThan(30_000);
  const wanted = await freePort();
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  expect(await freePort(wanted)).not.toBe(wanted);
  server.close();
  await once(server, 'close');
});
