/** Conversions and merges in Salesforce (C9, C10), by the SOAP calls that alone can do them. */
import { pickLive, recordOf } from './people.ts';
import type { Person } from './person.ts';
import type { Scene, Step } from './scene.ts';
import { pickThing } from './things.ts';

/** A lead to a new contact with a new account, to a new one in an account, or to a contact that is there. */
export const convert: Step = async (scene) => {
  const lead = pickLive(scene, 'Lead');
  const id = lead && (await recordOf(scene, lead));
  if (!id) return false;
  const target = await targetOf(scene);
  const noOpportunity = scene.chance.happens(0.5);
  scene.log(
    `convert: ${lead.name} to ${target.contact?.name ?? target.account ?? 'a new account'}`,
  );
  const given = [
    target.account && `<accountId>${target.account}</accountId>`,
    target.contact && `<contactId>${target.contact.sfdcId}</contactId>`,
  ];
  const convertedAlready = async () => {
    const [row] = await scene.world.insist((crm) =>
      crm.query(`SELECT IsConverted, ConvertedContactId FROM Lead WHERE Id = '${id}'`),
    );
    return row?.IsConverted === 'true' ? row.ConvertedContactId! : null;
  };
  // In an object: to insist takes null for an answer that is still to come, and it may be refused for good.
  const { contactId } = await scene.world.insist(async () => {
    const before = await convertedAlready();
    if (before) return { contactId: before };
    await ask(
      scene,
      `<convertLead><leadConverts>${given.filter(Boolean).join('')}<convertedStatus>Qualified</convertedStatus><doNotCreateOpportunity>${noOpportunity}</doNotCreateOpportunity><leadId>${id}</leadId></leadConverts></convertLead>`,
    );
    return { contactId: await convertedAlready() };
  });
  if (contactId === null) return true;
  if (target.contact) {
    target.contact.takeIn(lead);
    return true;
  }
  lead.object = 'Contact';
  lead.ids.push(contactId);
  Object.assign(lead, { unsure: true, touched: true });
  return true;
};

async function targetOf(scene: Scene): Promise<{ account: string | null; contact: Person | null }> {
  const roll = scene.chance.next();
  if (roll < 0.4) return { account: null, contact: null };
  if (roll < 0.65) return { account: pickThing(scene, 'Account'), contact: null };
  const contact = pickLive(scene, 'Contact');
  if (contact === null) return { account: null, contact: null };
  const [row] = await scene.world.insist((crm) =>
    crm.query(`SELECT AccountId FROM Contact WHERE Id = '${contact.sfdcId}'`),
  );
  return row?.AccountId ? { account: row.AccountId, contact } : { account: null, contact: null };
}

/** Two leads, or two contacts, to one. */
export const merge: Step = async (scene) => {
  const object = scene.chance.pick(['Lead', 'Contact'] as const);
  const [winner, loser] = [pickLive(scene, object), pickLive(scene, object)];
  if (!winner || !loser || winner === loser) return false;
  const [kept, gone] = [await recordOf(scene, winner), await recordOf(scene, loser)];
  if (!kept || !gone) return false;
  scene.log(`merge: ${loser.name} into ${winner.name}`);
  const merged = await scene.world.insist(async (crm) => {
    const there = await crm.query(`SELECT Id FROM ${object} WHERE Id = '${gone}'`);
    // The answer of an earlier try may have been lost.
    if (there.length === 0) return true;
    return ask(
      scene,
      `<merge><request><masterRecord><type>${object}</type><Id>${kept}</Id></masterRecord><recordToMergeIds>${gone}</recordToMergeIds></request></merge>`,
    );
  });
  if (merged) winner.takeIn(loser);
  return true;
};

/** False when Salesforce refuses, as it may for a locked row or a rule: then nothing is changed. */
async function ask({ world, log }: Scene, call: string): Promise<boolean> {
  try {
    await world.soap(call);
    return true;
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith('200:')) throw error;
    log(`  refused: ${/<message>([^<]*)</.exec(message)?.[1] ?? message}`);
    return false;
  }
}
