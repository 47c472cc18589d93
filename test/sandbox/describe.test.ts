import { describe, expect, it } from 'vitest';
import { restForTests, sandboxForTests } from './sandbox-for-tests.ts';
import { control, jsforceConnection } from './support-client.ts';

const sandbox = sandboxForTests();
const rest = restForTests(sandbox);
const admin = restForTests(sandbox, 'admin');

const names = (list: { name: string }[]) => list.map(({ name }) => name);

describe('Describe', () => {
  it('global lists the objects with Salesforce’s keys, and basic information has the same', async () => {
    const { body } = await rest('GET', 'sobjects');
    expect(body).toMatchObject({ encoding: 'UTF-8', maxBatchSize: 200 });
    expect(names(body.sobjects)).toEqual(
      expect.arrayContaining(['Account', 'Contact', 'Group', 'Lead', 'Organization', 'User']),
    );
    const lead = body.sobjects.find(({ name }: { name: string }) => name === 'Lead');
    expect(lead).toMatchObject({
      keyPrefix: '00Q',
      createable: true,
      urls: { rowTemplate: '/services/data/v60.0/sobjects/Lead/{ID}' },
    });
    expect((await rest('GET', 'sobjects/lead')).body.objectDescribe).toEqual(lead);
  });

  it('types that only rows of results have are listed and described, but hold no rows', async () => {
    const { body } = await rest('GET', 'sobjects');
    const listed = body.sobjects.filter(({ queryable }: { queryable: boolean }) => !queryable);
    expect(names(listed)).toEqual(['AggregateResult', 'Name']);
    expect(listed[0]).toMatchObject({ keyPrefix: null, createable: false, retrieveable: false });
    expect((await rest('GET', 'sobjects/Name')).body.objectDescribe).toEqual(listed[1]);
    const { body: name } = await rest('GET', 'sobjects/name/describe');
    expect(names(name.fields)).toEqual(expect.arrayContaining(['Id', 'Name', 'Type', 'Username']));
    for (const object of ['AggregateResult', 'Name']) {
      const query = await rest('GET', `query?q=SELECT+Id+FROM+${object}`);
      expect([query.status, query.body[0].errorCode]).toEqual([400, 'INVALID_TYPE']);
      expect((await admin('POST', `sobjects/${object}`, {})).status).toBe(404);
    }
  });

  it('J6: an object shows its fields with types, lengths and references', async () => {
    const connection = await jsforceConnection(sandbox);
    const { fields, recordTypeInfos, childRelationships } = await connection.describe('Lead');
    const field = (name: string) => fields.find((one) => one.name === name);
    expect(field('Id')).toMatchObject({ type: 'id', soapType: 'tns:ID', byteLength: 18 });
    expect(field('LastName')).toMatchObject({ type: 'string', length: 80, byteLength: 240 });
    expect(field('OwnerId')).toMatchObject({ polymorphicForeignKey: true, type: 'reference' });
    expect(field('OwnerId')?.referenceTo).toEqual(['Group', 'User']);
    expect(field('Tandem_Id__c')).toMatchObject({ externalId: true, unique: true, custom: true });
    expect(field('Email')).toMatchObject({ idLookup: true, type: 'email' });
    expect(field('Status')?.picklistValues?.length).toBeGreaterThan(1);
    expect(recordTypeInfos.at(-1)).toMatchObject({
      master: true,
      recordTypeId: '012000000000000AAA',
    });
    expect(Array.isArray(childRelationships)).toBe(true);
  });

  it('an object names the rows that refer to it as queries do', async () => {
    const { body } = await rest('GET', 'sobjects/Account/describe');
    const nameOf = (child: string, field: string) =>
      body.childRelationships.find(
        (one: { childSObject: string; field: string }) =>
          one.childSObject === child && one.field === field,
      ).relationshipName;
    expect(nameOf('Contact', 'AccountId')).toBe('Contacts');
    expect(nameOf('Account', 'ParentId')).toBe('ChildAccounts');
    expect(nameOf('Lead', 'Partner_Account__c')).toBe('Leads__r');
    expect(nameOf('Lead', 'ConvertedAccountId')).toBeNull();
    expect(body.urls.uiNewRecord).toBe(`${sandbox.url}/001/e`);
    expect(body.urls.layouts).toBe('/services/data/v60.0/sobjects/Account/describe/layouts');
  });

  it('L2: a hidden field does not exist for the sync user, and does for the admin', async () => {
    const fieldsFor = async (client: typeof rest) =>
      names((await client('GET', 'sobjects/Lead/describe')).body.fields);
    expect(await fieldsFor(rest)).not.toContain('Commission__c');
    expect(await fieldsFor(admin)).toContain('Commission__c');
  });

  it('L2: an object without permission does not exist', async () => {
    const { pool } = sandbox;
    await pool.query(
      `DELETE FROM org."ObjectPermissions" p USING org."PermissionSet" s, org."Profile" f
       WHERE s."Id" = p."ParentId" AND f."Id" = s."ProfileId" AND f."Name" = 'Sync User'
         AND p."SobjectType" = 'Contact'`,
    );
    // Any change of the schema makes the org read its permissions again.
    await control(sandbox, 'POST', '/schema', { op: 'show-field', object: 'Lead', field: 'Fax' });
    expect((await rest('GET', 'sobjects/Contact/describe')).status).toBe(404);
    expect(names((await rest('GET', 'sobjects')).body.sobjects)).not.toContain('Contact');
    expect((await admin('GET', 'sobjects/Contact/describe')).status).toBe(200);
  });

  it('is 304 for those who have it already, until the schema changes', async () => {
    const first = await rest('GET', 'sobjects/Account/describe');
    const since = { 'if-modified-since': first.headers.get('last-modified')! };
    const again = await rest('GET', 'sobjects/Account/describe', undefined, since);
    expect([again.status, again.body]).toEqual([304, '']);
    const etag = { 'if-none-match': first.headers.get('etag')! };
    expect((await rest('GET', 'sobjects/Account/describe', undefined, etag)).status).toBe(304);
    const change = { op: 'add-field', object: 'Account', field: 'New__c', type: 'string' };
    await control(sandbox, 'POST', '/schema', change);
    const changed = await rest('GET', 'sobjects/Account/describe', undefined, since);
    expect(changed.status).toBe(200);
    expect(names(changed.body.fields)).toContain('New__c');
  });

  it('an unknown object is NOT_FOUND', async () => {
    const { status, body } = await rest('GET', 'sobjects/Wish/describe');
    expect([status, body[0].errorCode]).toEqual([404, 'NOT_FOUND']);
  });

  it('a dependent picklist names its controller, and each value a bitmap of the values it goes with', async () => {
    const field = (name: string, values: object[], more = {}) =>
      control(sandbox, 'POST', '/schema', {
        op: 'add-field',
        object: 'Lead',
        field: name,
        type: 'picklist',
        picklistValues: values.map((value) => ({ active: true, defaultValue: false, ...value })),
        ...more,
      });
    const value = (text: string, more = {}) => ({ value: text, label: text, ...more });
    await field('Land__c', [value('NG'), value('JP')]);
    await field(
      'Town__c',
      [
        value('Lagos', { validFor: ['NG'] }),
        value('Kyoto', { validFor: ['JP'], defaultValue: true }),
        value('Online'),
      ],
      { controllerName: 'Land__c', restrictedPicklist: true },
    );
    const { fields } = (await admin('GET', 'sobjects/Lead/describe')).body;
    const town = fields.find(({ name }: { name: string }) => name === 'Town__c');
    expect(town).toMatchObject({
      controllerName: 'Land__c',
      dependentPicklist: true,
      restrictedPicklist: true,
      picklistValues: [
        { value: 'Lagos', validFor: 'gAAA', defaultValue: false },
        { value: 'Kyoto', validFor: 'QAAA', defaultValue: true },
        { value: 'Online', validFor: 'wAAA' },
      ],
    });
    const land = fields.find(({ name }: { name: string }) => name === 'Land__c');
    expect(land).toMatchObject({ controllerName: null, dependentPicklist: false });
    expect(land.picklistValues[0].validFor).toBeNull();
  });

  it('one record type is the default, and the master type stands last', async () => {
    for (const object of ['Lead', 'Account', 'Campaign']) {
      const { recordTypeInfos } = (await admin('GET', `sobjects/${object}/describe`)).body;
      const defaults = recordTypeInfos.filter(
        (one: { defaultRecordTypeMapping: boolean }) => one.defaultRecordTypeMapping,
      );
      expect(defaults).toHaveLength(1);
      expect(recordTypeInfos.at(-1).master).toBe(true);
      expect(defaults[0].master).toBe(recordTypeInfos.length === 1);
    }
  });

  it('every object of the org can be described, and each field says what it is', async () => {
    const { sobjects } = (await admin('GET', 'sobjects')).body;
    for (const { name, urls } of sobjects) {
      const { status, body } = await admin('GET', urls.describe);
      expect([name, status]).toEqual([name, 200]);
      expect(body.fields.length).toBeGreaterThan(0);
      for (const field of body.fields)
        expect(field).toMatchObject({ soapType: expect.any(String), type: expect.any(String) });
    }
  });

  it('has the keys that clients read, no more and no fewer', async () => {
    const keys = (text: string) => text.split(/\s+/).sort();
    const { body } = await admin('GET', 'sobjects/Account/describe');
    expect(Object.keys(body.fields[0]).sort()).toEqual(
      keys(
        `aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula
         cascadeDelete caseSensitive compoundFieldName controllerName createable custom defaultValue
         defaultValueFormula defaultedOnCreate dependentPicklist deprecatedAndHidden digits
         displayLocationInDecimal encrypted externalId extraTypeInfo filterable filteredLookupInfo
         formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup inlineHelpText
         label length mask maskType name nameField namePointing nillable permissionable
         picklistValues polymorphicForeignKey precision queryByDistance referenceTargetField
         referenceTo relationshipName relationshipOrder restrictedDelete restrictedPicklist scale
         searchPrefilterable soapType sortable type unique updateable writeRequiresMasterRead`,
      ),
    );
    const global = `activateable associateEntityType associateParentEntity createable custom
      customSetting deepCloneable deletable deprecatedAndHidden feedEnabled hasSubtypes isInterface
      isSubtype keyPrefix label labelPlural layoutable mergeable mruEnabled name queryable
      replicateable retrieveable searchable triggerable undeletable updateable urls`;
    expect(Object.keys(body).sort()).toEqual(
      keys(
        `${global} actionOverrides childRelationships compactLayoutable defaultImplementation
         extendedBy extendsInterfaces fields implementedBy implementsInterfaces listviewable
         lookupLayoutable namedLayoutInfos networkScopeFieldName recordTypeInfos searchLayoutable
         sobjectDescribeOption supportedScopes`,
      ),
    );
    const listed = (await admin('GET', 'sobjects')).body.sobjects[0];
    expect(Object.keys(listed).sort()).toEqual(keys(global));
    expect(Object.keys(body.childRelationships[0]).sort()).toEqual(
      keys(
        `cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames
         junctionReferenceTo relationshipName restrictedDelete`,
      ),
    );
    expect(Object.keys(body.recordTypeInfos[0]).sort()).toEqual(
      keys('active available defaultRecordTypeMapping developerName master name recordTypeId urls'),
    );
  });
});
