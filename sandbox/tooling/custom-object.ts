import { changeSchema } from '../control/schema-changes.ts';
import { changeSettings } from '../control/settings.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { duplicateObject, fullNameRequired, integrity } from './failures.ts';
import type { Metadata } from './metadata.ts';

/** Makes an object that only those who see all data see. Returns the name that its row is found by. */
export async function createObject(
  org: SandboxOrg,
  fullName: unknown,
  metadata: Metadata,
): Promise<string> {
  if (typeof fullName !== 'string' || fullName === '') throw fullNameRequired();
  if (!/^[A-Za-z](?!\w*__\w*__c$)\w*(?<!_)__c$/.test(fullName))
    throw integrity('Custom object names must end in __c', ['FullName']);
  if (org.schema.object(fullName) !== undefined)
    throw duplicateObject(fullName.replace(/__c$/, ''));
  const { label, pluralLabel, sharingModel } = metadata;
  for (const [name, value] of Object.entries({ label, pluralLabel }))
    if (typeof value !== 'string' || value === '')
      throw integrity(
        `Must specify a non-empty ${name === 'label' ? 'label' : 'plural label'} for the CustomObject`,
      );
  await changeSchema(org, {
    op: 'add-object',
    object: fullName,
    label: String(label),
    labelPlural: String(pluralLabel),
    visible: false,
  });
  if (sharingModel === 'Private') await changeSettings(org, { sharing: { [fullName]: 'Private' } });
  return fullName;
}
