import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startSystem } from '../support/system.ts';
import { systemForTests } from '../support/system-for-tests.ts';

const system = systemForTests({ people: 40 });

const lastCycle = async () => (await system.tandem(['status'])).json.lastSync.cycle as number;
async function aLead(): Promise<string> {
  const [lead] = await system.crm.query(
    'SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id LIMIT 1',
  );
  return lead!.Id!;
}
const cityOf = async (lead: string) =>
  (await system.sql('select city from marketing.person where sfdc_id = $1', [lead]))[0]!.city;

describe('an operator', () => {
  it('A5: syncs now, without waiting for the pause to end', async () => {
    const before = await lastCycle();
    const { code, json } = await system.tandem(['sync']);
    expect({ code, connection: json.connection }).toEqual({ code: 0, connection: 'default' });
    await system.statusWhen(({ lastSync }) => lastSync.cycle > before);
  });

  it('A1, A5: changes the pause, and cycles follow by it', async () => {
    const before = await lastCycle();
    const { json } = await system.tandem(['set-pause', '1s']);
    expect(json).toMatchObject({ pauseMs: 1_000 });
    await system.statusWhen(({ lastSync }) => lastSync.cycle >= before + 3);
    // At whatever moment of a cycle it comes, the next rest is as long as was asked for.
    expect((await system.tandem(['set-pause', '1h'])).json.pauseMs).toBe(3_600_000);
    const { lastSync, nextSyncAt } = await system.statusWhen(({ state }) => state === 'waiting');
    expect(Date.parse(nextSyncAt) - Date.parse(lastSync.endedAt)).toBe(3_600_000);
  });

  it('A5: pauses with a reason; it stays paused across a restart of everything, and resumes at once', async () => {
    const lead = await aLead();
    const paused = await system.tandem(['pause', '--by', 'Ana', '--reason', 'audit of leads']);
    expect(paused.json).toMatchObject({ state: 'paused', nextSyncAt: null });
    const before = await system.statusWhen(({ state }) => state === 'paused');
    expect(before.reason).toContain('Ana');
    expect(before.reason).toContain('audit of leads');
    expect(await system.stop()).toBe(0);

    Object.assign(system, await startSystem({ dataDir: system.dataDir }));
    await system.crm.update('Lead', lead, { City: 'While paused' });
    const after = await system.statusWhen(({ state }) => state === 'paused');
    expect(after).toMatchObject({ reason: before.reason, lastSync: before.lastSync });
    const refused = await system.tandem(['sync', '--wait']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/Ana.*audit of leads.*resume/);
    expect(await cityOf(lead)).not.toBe('While paused');

    expect((await system.tandem(['resume'])).code).toBe(0);
    await system.statusWhen(({ lastSync }) => lastSync.cycle > before.lastSync.cycle);
    expect(await cityOf(lead)).toBe('While paused');
  });

  it('A5: any Temporal client can pause and resume by signal', async () => {
    const handle = system.temporal.workflow.getHandle('tandem/default');
    await handle.signal('pause', { by: 'Bo', reason: 'by signal' });
    const { reason } = await system.statusWhen(({ state }) => state === 'paused');
    expect(reason).toContain('Bo');
    await handle.signal('resume');
    await system.statusWhen(({ state }) => state === 'waiting');
  });

  it.each([
    [['status']],
    [['sync', '--wait']],
    [['cycles']],
    [['errors']],
    [['conflicts']],
    [['fields']],
    [['check']],
    [['replay']],
    [['start']],
    [['migrate']],
    [['set-pause', '1h']],
    [['pause', '--reason', 'look', '--by', 'me']],
    [['resume']],
  ])('%j: one JSON value on stdout and nothing else, exit code 0', async (args) => {
    const { code, stderr, json } = await system.tandem(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(typeof json).toBe('object');
  });

  it.each([
    [['frobnicate']],
    [['status', '--colour']],
    [['status', '--connection', 'elsewhere']],
    [['set-pause', 'soon']],
    [['set-pause']],
    [['fields', '--object', 'Widget']],
    [['cycles', '--limit', '0']],
    [['errors', '--dismiss', 'everything']],
  ])('%j: wrong use is exit code 2 and one line on stderr', async (args) => {
    const { code, stdout, stderr } = await system.tandem(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([[['set-pause', '0s']], [['replay', 'tandem/nobody']]])(
    '%j: what cannot be done is exit code 1 and one line that says what to do',
    async (args) => {
      const { code, stdout, stderr } = await system.tandem(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr.trim().split('\n')).toHaveLength(1);
    },
  );

  it('replay says of the connection and of its initial load that they are deterministic', async () => {
    for (const id of ['tandem/default', 'tandem/default/initial-load']) {
      const { code, json } = await system.tandem(['replay', id]);
      expect({ code, json }).toMatchObject({
        code: 0,
        json: { workflowId: id, deterministic: true, reason: null },
      });
      expect(json.events).toBeGreaterThan(3);
    }
  });

  it('K2: the cycles say what each step did', async () => {
    const lead = await aLead();
    await system.crm.update('Lead', lead, { City: 'Counted' });
    await system.sql(
      `update marketing.person set city = 'Counted too' where sfdc_id =
         (select max(sfdc_id) from marketing.person where sfdc_type = 'Contact')`,
    );
    const cycle = await system.synced();
    const [entry] = (await system.tandem(['cycles', '--limit', '1'])).json;
    expect(entry).toMatchObject({ cycle, status: 'done', reason: null });
    expect(entry.steps).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ object: 'Lead', operation: 'pull updates', updated: 1, new: 0 }),
        expect.objectContaining({ object: 'Contact', operation: 'push updates', updated: 1 }),
      ]),
    );
    const filtered = (await system.tandem(['cycles', '--object', 'Contact', '--limit', '1'])).json;
    expect(filtered[0].steps.every(({ object }: { object: string }) => object === 'Contact')).toBe(
      true,
    );
  });

  it('the Web UI’s parts: search attributes and current details say where the connection is', async () => {
    const { searchAttributes } = await system.temporal.workflow
      .getHandle('tandem/default')
      .describe();
    expect(searchAttributes).toMatchObject({
      TandemConnection: ['default'],
      TandemState: [expect.any(String)],
      TandemOrg: [expect.stringMatching(/^00D/)],
    });
  });
});

describe('when Salesforce does not do its part', () => {
  const fault = (body: object) => system.control('POST', 'faults', body);
  const end = () => system.control('DELETE', 'faults');

  it.each([
    { kind: 'expire-session', times: 1 },
    { kind: 'error', times: 2 },
    { kind: 'drop-before', times: 1 },
    { kind: 'break-page', times: 1 },
    { kind: 'concurrent-limit', times: 1 },
    { kind: 'latency', ms: 300, times: 1 },
  ])('N3: a cycle gets over $kind, and the change arrives', async (what) => {
    const lead = await aLead();
    await system.crm.update('Lead', lead, { City: `After ${what.kind}` });
    await fault(what);
    await system.synced();
    const [{ fired }] = await system.control('GET', 'faults');
    expect(fired).toBe(what.times);
    await end();
    expect(await cityOf(lead)).toBe(`After ${what.kind}`);
  });

  it('N3, trap 22: a record locked in Salesforce is tried again, and its edit is not lost', async () => {
    const lead = await aLead();
    await system.sql("update marketing.person set city = 'Locked out' where sfdc_id = $1", [lead]);
    await fault({ kind: 'row-lock', object: 'Lead', times: 1 });
    await system.synced();
    await end();
    await system.tandem(['errors', '--try-again', 'all']);
    await system.synced();
    expect(await system.crm.read('Lead', lead, ['City'])).toMatchObject({ City: 'Locked out' });
    expect((await system.tandem(['errors'])).json).toEqual([]);
  });

  it('M1: at the daily limit the connection is limited, says until when, and goes on when it is asked to', async () => {
    const lead = await aLead();
    await fault({ kind: 'limit', path: '/services/data/' });
    await system.tandem(['sync']);
    const limited = await system.statusWhen(({ state }) => state === 'limited');
    expect(limited.reason).toMatch(/limit/i);
    expect(Date.parse(limited.nextSyncAt)).toBeGreaterThan(Date.now());
    await end();
    await system.crm.update('Lead', lead, { City: 'After the limit' });
    await system.synced();
    expect(await cityOf(lead)).toBe('After the limit');
    expect((await system.tandem(['status'])).json).toMatchObject({
      state: 'waiting',
      reason: null,
    });
  });

  it('K1, trap 30: rejected credentials fail the connection with what to do; corrected, resume goes on', async () => {
    const lead = await aLead();
    // The sync user's certificate is exchanged in the org's connected app.
    const [app] = await system.orgSql('select jwt_public_key as key from org_meta.connected_app');
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = publicKey.export({ type: 'spki', format: 'pem' });
    await system.orgSql('update org_meta.connected_app set jwt_public_key = $1', [other]);
    await fault({ kind: 'expire-session', times: 1 });
    await system.tandem(['sync']);
    const failed = await system.statusWhen(({ state }) => state === 'failed');
    expect(failed.reason).toMatch(/refused the credentials.*\. Check .*certificate/);
    expect(failed.nextSyncAt).toBeNull();
    const check = await system.tandem(['check']);
    expect(check.code).toBe(1);
    await end();

    await system.orgSql('update org_meta.connected_app set jwt_public_key = $1', [app!.key]);
    await system.crm.update('Lead', lead, { City: 'Back in' });
    expect((await system.tandem(['resume'])).code).toBe(0);
    await system.statusWhen(({ state }) => state === 'waiting');
    expect(await cityOf(lead)).toBe('Back in');
  });
});
