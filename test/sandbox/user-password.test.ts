import { describe, expect, it } from 'vitest';
import { forTests } from '../support/for-tests.ts';
import { type RecordClient, recordClient } from './record-client.ts';
import { sandboxForTests } from './sandbox-for-tests.ts';
import { login } from './support-client.ts';

const sandbox = sandboxForTests();
const admin = forTests(() => recordClient(sandbox, sandbox.admin));
const sync = forTests(() => recordClient(sandbox));

const pathOf = ({ userId }: RecordClient) => `/sobjects/user/${userId}/password`;

describe("a user's password", () => {
  it('is set by its user, and one is made up by an administrator; each logs in from then on', async () => {
    const path = pathOf(sync);
    expect((await sync.call('GET', path)).body).toEqual({ isExpired: false });
    const set = await sync.call('POST', path, { NewPassword: 'a new Password 1' });
    expect([set.status, set.body]).toEqual([204, '']);
    await login(sandbox, { ...sandbox, password: 'a new Password 1' });
    const { body } = await admin.call('DELETE', path);
    await login(sandbox, { ...sandbox, password: body.NewPassword });
    await expect(login(sandbox, { ...sandbox, password: 'a new Password 1' })).rejects.toThrow(
      'authentication failure',
    );
  });

  it('of another is out of reach of who is no administrator', async () => {
    for (const [method, body] of [
      ['GET'],
      ['POST', { NewPassword: 'a new Password 2' }],
      ['DELETE'],
    ] as const)
      expect(await sync.call(method, pathOf(admin), body)).toMatchObject({
        status: 403,
        body: [
          {
            errorCode: 'INSUFFICIENT_ACCESS',
            message: 'You do not have permission to view this record.',
          },
        ],
      });
  });

  it.each([[[]], [null], [7], [{ NewPassword: 7 }], [{}], [{ NewPassword: 'short' }]])(
    'is refused as %j',
    async (body) => {
      const refused = await sync.call('POST', pathOf(sync), body);
      expect(refused).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_NEW_PASSWORD' }] });
    },
  );

  it('of nobody is not found', async () => {
    for (const id of ['005000000000000AAA', '00Q000000000000AAA', 'nobody'])
      expect((await admin.call('GET', `/sobjects/User/${id}/password`)).status).toBe(404);
  });
});
