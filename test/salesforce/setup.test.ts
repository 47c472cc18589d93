/** What `tandem setup` makes in an org, as the sandbox's administrator and as others. */
import { beforeAll, expect, it } from 'vitest';
import { createSalesforce } from '../../src/salesforce/client.ts';
import type { SalesforceCredentials } from '../../src/salesforce/credentials.ts';
import { preflight } from '../../src/salesforce/preflight.ts';
import { setUpOrg } from '../../src/salesforce/setup.ts';
import { OBJECTS } from '../../src/sync/objects.ts';
import { sandboxForTests } from '../sandbox/sandbox-for-tests.ts';

const FIELD = 'Outer_Id__c';
const apiVersion = '62.0';

const sandbox = sandboxForTests({ people: 10 });
let syncUser: SalesforceCredentials;
let admin: SalesforceCredentials;
let syncUserId: string;
beforeAll(async () => {
  const { url: loginUrl, username, password, securityToken } = sandbox;
  syncUser = { loginUrl, username, password, securityToken };
  admin = { loginUrl, ...sandbox.admin };
  syncUserId = (await createSalesforce(syncUser, { apiVersion }).identity()).userId;
});

const setUp = (by: SalesforceCredentials) => setUpOrg(by, { apiVersion, field: FIELD, syncUserId });
const lacks = async () => {
  const salesforce = createSalesforce(syncUser, { apiVersion });
  const objects = OBJECTS.filter(({ name }) => ['Lead', 'Contact', 'Task'].includes(name));
  return (await preflight(salesforce, { objects, externalIdField: FIELD })).filter(
    ({ field }) => field === FIELD,
  );
};

it('L2: a user who may not do it is told what an administrator needs', async () => {
  expect((await lacks()).length).toBeGreaterThan(0);
  await expect(setUp(syncUser)).rejects.toThrow(/"Customize Application".*permission set "Tandem"/);
});

it('N2: the field is made and granted, so that the sync user sees it as creation needs it', async () => {
  const steps = await setUp(admin);
  expect(steps.every(({ made, refused }) => made && refused === null)).toBe(true);
  expect(await lacks()).toEqual([]);
  const salesforce = createSalesforce(syncUser, { apiVersion });
  for (const object of ['Lead', 'Contact', 'Task']) {
    const field = (await salesforce.describe(object))!.fields.find(({ name }) => name === FIELD);
    expect(field).toMatchObject({
      ...{ type: 'string', length: 36, unique: true, externalId: true },
      ...{ createable: true, updateable: true },
    });
  }
});

it('N6: done again it changes nothing, and what is missing of it is made', async () => {
  expect((await setUp(admin)).filter(({ made }) => made)).toEqual([]);
  await sandbox.pool.query(`DELETE FROM org."FieldPermissions" WHERE "Field" = 'Contact.${FIELD}'`);
  const made = (await setUp(admin)).filter((step) => step.made).map(({ what }) => what);
  expect(made).toEqual([`access to Contact.${FIELD}`]);
});
