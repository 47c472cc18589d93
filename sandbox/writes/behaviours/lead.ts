import { notWritable } from '../../errors.ts';
import type { Behaviour, Save } from '../behaviour.ts';
import { stampOf } from '../stamp.ts';
import type { WriteContext } from '../types.ts';
import { copyFromPeople } from './member-person.ts';
import { setValue } from './rows-of.ts';

export const lead: Behaviour = {
  reads: ['OwnerId'],
  beforeSave(_client, context, save) {
    refuseConverted(save);
    followOwner(context, save);
  },
  afterSave: (client, { org }, save) => copyFromPeople(client, org, 'Lead', save),
};

/** A lead becomes a converted one by its conversion alone. */
function refuseConverted({ kind, drafts }: Save): void {
  for (const draft of kind === 'insert' ? drafts : [])
    if (draft.values.get('IsConverted') === 'true') draft.errors.push(notWritable(['IsConverted']));
}

/** A lead that somebody else is given is unread by them. */
function followOwner({ org, session }: WriteContext, { kind, object, drafts, before }: Save): void {
  for (const draft of drafts) {
    const owner = draft.values.get('OwnerId') ?? null;
    if (owner === null) continue;
    const old = kind === 'insert' ? session.userId : before.get(draft.id!)?.OwnerId;
    if (owner === old) continue;
    setValue(object, draft, 'IsUnreadByOwner', String(owner !== session.userId));
    if (kind === 'update')
      setValue(object, draft, 'LastTransferDate', stampOf(org.now()).slice(0, 10));
  }
}
