/** Changes, in Salesforce, of what Salesforce alone edits: each object is a line of data. */
import { pickLive } from './people.ts';
import { attempt, type Scene, type Step, type Things } from './scene.ts';

type Values = Record<string, unknown>;

interface Kind {
  /** A new record's values; null when a parent is wanting. */
  make(scene: Scene): Values | null;
  change(scene: Scene): Values;
  /** Absent: the object's records are never deleted here. */
  deleted?: true;
  undeleted?: true;
}

const someone = (scene: Scene, [lead, contact]: [string, string]): Values | null => {
  const person = pickLive(scene);
  if (!person?.sfdcId) return null;
  // Activities show in fields of the person's record.
  person.touched = true;
  return { [person.object === 'Lead' ? lead : contact]: person.sfdcId };
};

const under = (parent: string | null, field: string, values: Values): Values | null =>
  parent === null ? null : { [field]: parent, ...values };

const activity = (scene: Scene, values: Values): Values | null => {
  const who = someone(scene, ['WhoId', 'WhoId']);
  return who && { ...who, ...values };
};

const KINDS: Record<string, Kind> = {
  Account: {
    make: (scene) => ({ Name: scene.text() }),
    change: (scene) => ({ [scene.chance.pick(['Phone', 'BillingCity'])]: scene.text() }),
  },
  Opportunity: {
    make: (scene) => ({
      ...{ Name: scene.text(), StageName: 'Prospecting', CloseDate: '2027-01-31' },
      Amount: scene.chance.within(1, 1_000),
      AccountId: pickThing(scene, 'Account'),
    }),
    change: (scene) =>
      scene.chance.pick([
        { Amount: scene.chance.within(1, 1_000) },
        { StageName: scene.chance.pick(['Prospecting', 'Qualification', 'Closed Won']) },
        { Name: scene.text() },
      ]),
    deleted: true,
    undeleted: true,
  },
  OpportunityContactRole: {
    make: (scene) => {
      const contact = pickLive(scene, 'Contact');
      if (!contact) return null;
      const role = { ContactId: contact.sfdcId, Role: 'Decision Maker' };
      return under(pickThing(scene, 'Opportunity'), 'OpportunityId', role);
    },
    change: (scene) => ({ Role: scene.chance.pick(['Evaluator', 'Decision Maker', 'Other']) }),
    deleted: true,
  },
  Campaign: {
    make: (scene) => ({ Name: scene.text(), IsActive: true }),
    change: (scene) => ({ Description: scene.text() }),
  },
  CampaignMember: {
    make: (scene) => {
      const person = someone(scene, ['LeadId', 'ContactId']);
      return (
        person && under(pickThing(scene, 'Campaign'), 'CampaignId', { ...person, Status: 'Sent' })
      );
    },
    change: (scene) => ({ Status: scene.chance.pick(['Sent', 'Responded']) }),
    deleted: true,
  },
  Task: {
    make: (scene) => activity(scene, { Subject: scene.text() }),
    change: (scene) => ({ Subject: scene.text() }),
    deleted: true,
    undeleted: true,
  },
  Event: {
    make: (scene) =>
      activity(scene, {
        ...{ Subject: scene.text(), StartDateTime: '2026-12-01T09:00:00Z', DurationInMinutes: 30 },
      }),
    change: (scene) => ({ Subject: scene.text() }),
    deleted: true,
  },
  Subscription__c: {
    make: (scene) => {
      const person = someone(scene, ['Lead__c', 'Contact__c']);
      return person && { ...person, Plan__c: 'Basic', Monthly_Price__c: 10.5 };
    },
    change: (scene) => ({ Notes__c: scene.text(), Seats__c: scene.chance.within(1, 99) }),
    deleted: true,
    undeleted: true,
  },
  Usage__c: {
    make: (scene) =>
      under(pickThing(scene, 'Subscription__c'), 'Subscription__c', { Units__c: 1.2345 }),
    change: (scene) => ({ Units__c: scene.chance.within(1, 99) }),
    deleted: true,
  },
};

export const THINGS = Object.keys(KINDS);

function thingsOf({ things }: Scene, object: string): Things {
  const known = things.get(object) ?? { live: [], deleted: [] };
  things.set(object, known);
  return known;
}

export function pickThing(scene: Scene, object: string): string | null {
  const { live } = thingsOf(scene, object);
  return live.length === 0 ? null : scene.chance.pick(live);
}

export async function makeThing(scene: Scene, object: string): Promise<boolean> {
  const values = KINDS[object]!.make(scene);
  if (values === null) return false;
  scene.log(`create there: ${object} ${JSON.stringify(values)}`);
  const id = await attempt(scene, (crm) => crm.create(object, values));
  if (id !== null) thingsOf(scene, object).live.push(id);
  return true;
}

export const createThing: Step = (scene) => makeThing(scene, scene.chance.pick(THINGS));

export const changeThing: Step = async (scene) => {
  const object = scene.chance.pick(THINGS);
  const id = pickThing(scene, object);
  if (id === null) return makeThing(scene, object);
  const values = KINDS[object]!.change(scene);
  scene.log(`edit there: ${object} ${id} ${JSON.stringify(values)}`);
  await attempt(scene, (crm) => crm.update(object, id, values));
  return true;
};

export const deleteThing: Step = async (scene) => {
  const object = scene.chance.pick(THINGS.filter((name) => KINDS[name]!.deleted));
  const id = pickThing(scene, object);
  if (id === null) return false;
  scene.log(`delete there: ${object} ${id}`);
  await attempt(scene, (crm) => crm.delete(object, id));
  const things = thingsOf(scene, object);
  things.live.splice(things.live.indexOf(id), 1);
  things.deleted.push(id);
  return true;
};

export const undeleteThing: Step = async (scene) => {
  const object = scene.chance.pick(THINGS.filter((name) => KINDS[name]!.undeleted));
  const id = thingsOf(scene, object).deleted.shift();
  if (id === undefined) return false;
  scene.log(`undelete: ${object} ${id}`);
  const back = await scene.world.insist((crm) =>
    crm.undelete(id).then(
      () => true,
      () => false,
    ),
  );
  if (back) thingsOf(scene, object).live.push(id);
  return true;
};

/** D1: an account edited here, too, is overwritten by the next change there. */
export const editAccountOnBothSides: Step = async (scene) => {
  const id = pickThing(scene, 'Account');
  if (id === null) return false;
  scene.log(`edit here, then there: Account ${id}`);
  await scene.world.sql('update marketing.account set name = $2 where sfdc_id = $1', [
    ...[id, scene.text()],
  ]);
  await attempt(scene, (crm) => crm.update('Account', id, { Phone: scene.text() }));
  return true;
};
