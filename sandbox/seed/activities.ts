import type { Schema } from '../schema.ts';
import { activityColumns, isArchived } from './activity-columns.ts';
import { campaignOf } from './campaigns.ts';
import { eventPlan } from './events.ts';
import { hasOpportunity, opportunityOf } from './opportunities.ts';
import { accountOf } from './people.ts';
import type { PeoplePlans, Sizes } from './plans.ts';
import { columnOf, type DerivedPlan, idOf, type RowPlan } from './rows.ts';
import { chance, draw, oneOf, some } from './sql.ts';
import type { Staff } from './staff.ts';
import { at, dateAt } from './stamps.ts';

/** Tasks of one person at most. */
const TASKS = 3;
const OPEN_DELETE_CYCLE = 53;
const k = 'r.key';

interface Source {
  of: RowPlan;
  /** Ids of what the activities are about, and of the account they belong to. */
  about: Record<string, string>;
  /** The first number of its activities, less one. */
  offset: number;
}

/**
 * Tasks and events. A person's LastActivityDate is that of a closed task or of an event; what else
 * the person has is older, or a task still to do.
 */
export function activityPlans(
  schema: Schema,
  staff: Staff,
  plans: PeoplePlans,
  sizes: Sizes,
): DerivedPlan[] {
  const people = plans.lead.total + plans.contact.total;
  const sources: Source[] = [
    { of: plans.lead, offset: 0, about: { WhoId: idOf(plans.lead.object, 'r.n') } },
    {
      of: plans.contact,
      offset: plans.lead.total,
      about: aboutContact(schema, plans.contact, sizes),
    },
  ];
  return [
    ...sources.flatMap((source) => personPlans(schema, staff, source, people, plans.account.total)),
    accountTasks(schema, staff, plans.account, TASKS * people),
  ];
}

function aboutContact(schema: Schema, contact: RowPlan, sizes: Sizes): Record<string, string> {
  const id = (object: string, n: string) => idOf(schema.object(object)!, n);
  const account = accountOf('r.n', sizes.accounts);
  return {
    WhoId: idOf(contact.object, 'r.n'),
    WhatId: `CASE WHEN ${chance(k, 1_100, 10)} THEN ${id('Campaign', campaignOf(k, 1_101, sizes))}
      WHEN ${hasOpportunity(account)} AND ${chance(k, 1_102, 50)} THEN ${id('Opportunity', opportunityOf(account))}
      WHEN ${chance(k, 1_103, 30)} THEN ${id('Account', account)} END`,
    AccountId: id('Account', account),
  };
}

function personPlans(
  schema: Schema,
  staff: Staff,
  { of, about, offset }: Source,
  people: number,
  accounts: number,
): DerivedPlan[] {
  const last = columnOf(of, 'LastActivityDate');
  const isEvent = chance(k, 1_110, 20);
  const isConverted = of.columns.IsConverted === undefined ? 'false' : columnOf(of, 'IsConverted');
  const number = (slot: number) => `(${TASKS} * (${offset} + r.n - 1) + ${slot})`;
  const task = (slot: number, where: string, columns: Record<string, string>) =>
    taskPlan(schema, staff, of, where, number(slot), TASKS * people + accounts, {
      ...about,
      ...columns,
    });
  const earlier = `${last} - 20 - ${draw(k, 1_111, 700)}::int`;
  const due = some(k, 1_112, 80, `${dateAt('0')} - 15 + ${draw(k, 1_113, 60)}::int`);
  return [
    task(1, `(${last}) IS NOT NULL AND NOT ${isEvent}`, closed(last)),
    task(2, `(${last}) IS NOT NULL AND ${chance(k, 1_114, 15)}`, closed(earlier)),
    task(3, `${chance(k, 1_115, 8)} AND NOT (${isConverted})`, {
      Status: oneOf(k, 1_116, ['Not Started', 'In Progress', 'Waiting on someone else']),
      ActivityDate: due,
      IsDeleted: `${columnOf(of, 'IsDeleted')} OR ${number(3)} % ${OPEN_DELETE_CYCLE} = 0`,
    }),
    eventPlan(schema, staff, of, `(${last}) IS NOT NULL AND ${isEvent}`, about, offset, people),
  ];
}

const closed = (date: string): Record<string, string> => ({
  Status: `'Completed'`,
  IsClosed: 'true',
  ActivityDate: date,
  CompletedDateTime: at('g.changed_age'),
  IsArchived: isArchived(date),
});

function accountTasks(schema: Schema, staff: Staff, account: RowPlan, offset: number): DerivedPlan {
  const id = idOf(account.object, 'r.n');
  const where = chance(k, 1_120, 15);
  const number = `(${offset} + r.n)`;
  return taskPlan(schema, staff, account, where, number, offset + account.total, {
    WhatId: id,
    AccountId: id,
    ...closed(dateAt('g.changed_age')),
  });
}

function taskPlan(
  schema: Schema,
  staff: Staff,
  of: RowPlan,
  where: string,
  number: string,
  lastNumber: number,
  columns: Record<string, string>,
): DerivedPlan {
  const object = schema.object('Task')!;
  const subtype = oneOf(k, 1_130, ['Task', 'Task', 'Email', 'Call']);
  const priority = oneOf(k, 1_131, ['Normal', 'Normal', 'High', 'Low']);
  return {
    of,
    object,
    where,
    lastNumber,
    columns: {
      Id: idOf(object, number),
      Subject: oneOf(k, 1_132, [
        'Call',
        'Send Letter',
        'Send Quote',
        'Email: "Your offer"',
        '催促',
      ]),
      TaskSubtype: subtype,
      CallType: `CASE WHEN ${subtype} = 'Call' THEN 'Outbound' END`,
      CallDurationInSeconds: `CASE WHEN ${subtype} = 'Call' THEN ${draw(k, 1_133, 3_000)}::int END`,
      Priority: priority,
      IsHighPriority: `${priority} = 'High'`,
      IsDeleted: columnOf(of, 'IsDeleted'),
      ...activityColumns(staff),
      ...columns,
    },
  };
}
