import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBaseRows } from '../../sandbox/base-rows.ts';
import { changeField, makeField, standardObjects } from '../../sandbox/objects/index.ts';
import { asKept } from '../../sandbox/objects/kept.ts';
import type { Field, SObject } from '../../sandbox/schema.ts';
import { Schema } from '../../sandbox/schema.ts';
import { columnSql, createStorage, quote } from '../../sandbox/storage.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const schema = new Schema(standardObjects());
const object = (name: string): SObject => schema.object(name)!;
const field = (of: string, name: string): Field => schema.field(object(of), name)!;

describe('the standard objects', () => {
  it.each([
    ['Campaign', '701'],
    ['CampaignMember', '00v'],
    ['CampaignMemberStatus', '01Y'],
    ['Opportunity', '006'],
    ['OpportunityContactRole', '00K'],
    ['Task', '00T'],
    ['Event', '00U'],
    ['LeadStatus', '01J'],
    ['CurrencyType', '01L'],
    ['GroupMember', '011'],
    ['AssignmentRule', '01Q'],
    ['UserRole', '00E'],
  ])('%s has ids that begin with %s', (name, prefix) => {
    expect(object(name).keyPrefix).toBe(prefix);
  });

  it('no two of them share a prefix, but for the values of status picklists', () => {
    const prefixes = standardObjects()
      .map(({ keyPrefix }) => keyPrefix)
      .filter((prefix) => prefix !== null && prefix !== '01J');
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });

  it.each([
    ['Campaign', 'Campaign', 'ChildCampaigns'],
    ['Campaign', 'CampaignMember', 'CampaignMembers'],
    ['Campaign', 'CampaignMemberStatus', 'CampaignMemberStatuses'],
    ['Campaign', 'Opportunity', 'Opportunities'],
    ['Campaign', 'Task', 'Tasks'],
    ['Lead', 'CampaignMember', 'CampaignMembers'],
    ['Lead', 'Event', 'Events'],
    ['Contact', 'CampaignMember', 'CampaignMembers'],
    ['Contact', 'OpportunityContactRole', 'OpportunityContactRoles'],
    ['Contact', 'Task', 'Tasks'],
    ['Account', 'Opportunity', 'Opportunities'],
    ['Account', 'Event', 'Events'],
    ['Opportunity', 'OpportunityContactRole', 'OpportunityContactRoles'],
    ['Opportunity', 'Task', 'Tasks'],
    ['Group', 'GroupMember', 'GroupMembers'],
    ['UserRole', 'User', 'Users'],
  ])('a row of %s calls its rows of %s %s', (parent, child, name) => {
    const children = schema.childRelationships(object(parent));
    const found = children.filter((one) => one.childSObject === child);
    expect(found.map((one) => one.relationshipName)).toContain(name);
  });

  it('no row calls two of its children by one name', () => {
    for (const parent of schema.objects()) {
      const names = schema
        .childRelationships(parent)
        .map((one) => one.relationshipName)
        .filter((name) => name !== null);
      expect(new Set(names).size, parent.name).toBe(names.length);
    }
  });

  it.each([
    ['CampaignMember', 'CampaignId'],
    ['CampaignMember', 'LeadId'],
    ['CampaignMember', 'ContactId'],
    ['CampaignMemberStatus', 'CampaignId'],
    ['Opportunity', 'AccountId'],
    ['OpportunityContactRole', 'OpportunityId'],
    ['OpportunityContactRole', 'ContactId'],
    ['Task', 'WhoId'],
    ['Event', 'WhatId'],
  ])('%s goes with the row its %s refers to', (of, name) => {
    expect(field(of, name).onDelete).toBe('Cascade');
  });

  it('a campaign that goes leaves its opportunities and the campaigns below it', () => {
    expect(field('Opportunity', 'CampaignId').onDelete).toBe('SetNull');
    expect(field('Campaign', 'ParentId').onDelete).toBe('SetNull');
  });

  it('an activity is about a lead or contact, and about one of many things', () => {
    for (const of of ['Task', 'Event']) {
      expect(field(of, 'WhoId')).toMatchObject({
        referenceTo: ['Contact', 'Lead'],
        relationshipName: 'Who',
      });
      expect(field(of, 'WhatId').referenceTo).toEqual(
        expect.arrayContaining(['Account', 'Campaign', 'Opportunity']),
      );
      expect(field(of, 'Subject')).toMatchObject({ type: 'combobox', nameField: true });
    }
    expect(field('Task', 'OwnerId').referenceTo).toEqual(['Group', 'User']);
  });

  it('what Salesforce fills in itself can not be written', () => {
    for (const [of, name] of [
      ['CampaignMember', 'HasResponded'],
      ['CampaignMember', 'FirstName'],
      ['Campaign', 'NumberOfLeads'],
      ['Opportunity', 'IsWon'],
      ['Opportunity', 'ExpectedRevenue'],
      ['Opportunity', 'ForecastCategory'],
      ['Task', 'IsClosed'],
      ['Task', 'AccountId'],
      ['Event', 'EndDate'],
      ['Lead', 'ConvertedOpportunityId'],
    ] as const)
      expect(field(of, name), `${of}.${name}`).toMatchObject({
        createable: false,
        updateable: false,
      });
  });

  it('a member keeps its campaign and its person', () => {
    for (const name of ['CampaignId', 'LeadId', 'ContactId'])
      expect(field('CampaignMember', name)).toMatchObject({ createable: true, updateable: false });
    expect(field('OpportunityContactRole', 'OpportunityId').updateable).toBe(false);
  });

  it('the meaning of statuses is read only', () => {
    for (const name of ['LeadStatus', 'OpportunityStage', 'TaskStatus', 'TaskPriority'])
      expect(object(name)).toMatchObject({
        createable: false,
        updateable: false,
        deletable: false,
      });
  });

  it('campaigns, opportunities and activities come back from the recycle bin, members and roles do not', () => {
    const undeletable = (name: string) => object(name).undeletable;
    expect(['Campaign', 'Opportunity', 'Task', 'Event'].map(undeletable)).toEqual(
      Array(4).fill(true),
    );
    expect(['CampaignMember', 'OpportunityContactRole'].map(undeletable)).toEqual([false, false]);
  });

  it('only leads, contacts and accounts can be merged', () => {
    const mergeable = schema.objects().filter((one) => one.mergeable);
    expect(mergeable.map(({ name }) => name)).toEqual(['Account', 'Contact', 'Lead']);
  });
});

describe('rows of the new objects', () => {
  let database: FreshDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await freshDatabase();
    pool = new pg.Pool({ connectionString: database.url });
    await createStorage(pool, schema);
    await pool.query(`INSERT INTO org."Organization" ("Id", "CreatedById", "CreatedDate")
      VALUES ('00D000000000001AAA', '005000000000001AAA', '2020-01-01T00:00:00Z')`);
    await createBaseRows(pool, schema);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function read(of: string, columns: Record<string, unknown>, ...names: string[]) {
    const given = Object.keys(columns);
    const { rows } = await pool.query(
      `INSERT INTO org.${quote(of)} (${given.map(quote).join(', ')})
       VALUES (${given.map((_, i) => `$${i + 1}`).join(', ')})
       RETURNING ${names.map((name) => `${columnSql(object(of), field(of, name))} AS ${quote(name)}`).join(', ')}`,
      Object.values(columns),
    );
    return rows[0];
  }

  it('an opportunity knows its fiscal period and expected revenue', async () => {
    const values = { CloseDate: '2025-11-30', Amount: '999.99', Probability: '75' };
    expect(
      await read('Opportunity', values, 'Fiscal', 'FiscalYear', 'FiscalQuarter', 'ExpectedRevenue'),
    ).toEqual({
      Fiscal: '2025 4',
      FiscalYear: 2025,
      FiscalQuarter: 4,
      ExpectedRevenue: '749.99',
    });
    const empty = await read('Opportunity', { Amount: '1' }, 'Fiscal', 'ExpectedRevenue');
    expect(empty).toEqual({ Fiscal: null, ExpectedRevenue: null });
  });

  it('a member is its contact before the lead it was converted from', async () => {
    const both = { LeadId: '00Q000000000001AAA', ContactId: '003000000000001AAA' };
    expect(await read('CampaignMember', both, 'LeadOrContactId', 'Type')).toEqual({
      LeadOrContactId: both.ContactId,
      Type: 'Contact',
    });
    const lead = await read('CampaignMember', { LeadId: both.LeadId }, 'LeadOrContactId', 'Type');
    expect(lead).toEqual({ LeadOrContactId: both.LeadId, Type: 'Lead' });
  });

  it('an activity counts whom and what it is about', async () => {
    const task = await read('Task', { WhoId: '00Q000000000001AAA' }, 'WhoCount', 'WhatCount');
    expect(task).toEqual({ WhoCount: 1, WhatCount: 0 });
  });

  it('the values of each status picklist are rows, with one default and ids of their own', async () => {
    const ids = new Set<string>();
    for (const [name, of, shown] of [
      ['LeadStatus', 'Lead', 'Status'],
      ['OpportunityStage', 'Opportunity', 'StageName'],
      ['TaskStatus', 'Task', 'Status'],
      ['TaskPriority', 'Task', 'Priority'],
    ] as const) {
      const { rows } = await pool.query(
        `SELECT "Id", "ApiName" FROM org.${quote(name)} ORDER BY "SortOrder"`,
      );
      for (const row of rows) ids.add(row.Id);
      const values = field(of, shown).picklistValues;
      const sorted = (list: string[]) => [...list].sort();
      expect(sorted(rows.map((row) => row.ApiName))).toEqual(
        sorted(values.map(({ value }) => value)),
      );
      const defaults = values.filter((one) => one.defaultValue).length;
      expect(defaults).toBe(name === 'OpportunityStage' ? 0 : 1);
    }
    expect(ids.size).toBe(4 + 10 + 5 + 3);
  });

  it('a stage says how likely it is won and in which forecast it counts', async () => {
    const { rows } = await pool.query(
      `SELECT "IsClosed", "IsWon", "DefaultProbability"::float8, "ForecastCategory" FROM org."OpportunityStage"
       WHERE "ApiName" IN ('Closed Won', 'Closed Lost', 'Value Proposition') ORDER BY "SortOrder"`,
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      [false, false, 50, 'Pipeline'],
      [true, true, 100, 'Closed'],
      [true, false, 0, 'Omitted'],
    ]);
  });

  it('makes base rows once', async () => {
    await createBaseRows(pool, schema);
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM org."LeadStatus"');
    expect(rows[0].n).toBe(4);
  });
});

describe('an object as an org has kept it', () => {
  const lead = object('Lead');

  it('gains the fields and keys that came later', () => {
    const { undeletable: _, ...older } = lead;
    const kept = { ...older, fields: lead.fields.filter(({ name }) => name !== 'Phone') };
    const now = asKept(lead, kept as SObject);
    expect(now.undeletable).toBe(true);
    expect(now.fields.map(({ name }) => name).sort()).toEqual(
      lead.fields.map(({ name }) => name).sort(),
    );
  });

  it('keeps a label, a type and a field of its own', () => {
    const fields = [
      ...lead.fields.map((one) => {
        if (one.name === 'Phone') return changeField(one, { label: 'Telephone' });
        return one.name === 'Fax' ? makeField({ name: 'Fax', type: 'double', label: 'Fax' }) : one;
      }),
      makeField({ name: 'Own__c', type: 'string' }),
    ];
    const now = new Schema([asKept(lead, { ...lead, fields })]);
    expect(now.field(now.object('Lead')!, 'Phone')!.label).toBe('Telephone');
    expect(now.field(now.object('Lead')!, 'Fax')).toMatchObject({ type: 'double', length: 0 });
    expect(now.field(now.object('Lead')!, 'Own__c')!.custom).toBe(true);
  });

  it('keeps a picklist as the org has it, but for one that lists objects', () => {
    const shorter = (of: string, name: string) => {
      const kept = object(of);
      const fields = kept.fields.map((one) =>
        one.name === name ? { ...one, picklistValues: one.picklistValues.slice(0, 1) } : one,
      );
      const now = new Schema([asKept(kept, { ...kept, fields })]);
      return now.field(now.object(of)!, name)!.picklistValues.map(({ value }) => value);
    };
    expect(shorter('Lead', 'Industry')).toEqual(['Agriculture']);
    expect(shorter('RecordType', 'SobjectType')).toContain('Campaign');
  });

  it('can refer to objects that came later, besides its own', () => {
    const task = object('Task');
    const fields = task.fields.map((one) =>
      one.name === 'WhatId' ? { ...one, referenceTo: ['Site__c', 'Account'] } : one,
    );
    const now = new Schema([asKept(task, { ...task, fields })]);
    const { referenceTo } = now.field(now.object('Task')!, 'WhatId')!;
    expect(referenceTo).toEqual(expect.arrayContaining(['Site__c', 'Campaign', 'Opportunity']));
  });
});
