import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentGives } from '../config.ts';
import type { DataFolder } from './folder.ts';

/** The sandbox org's custom objects that lead to people or accounts. */
const TEXT = `# Settings of what runs on this folder; tandem.example.yaml has every key. A change is seen by the next
# cycle, without a restart.
objects:
  # Custom objects of the sandbox org.
  Subscription__c: {}
  Usage__c: {}
  Site__c: {}
`;

/**
 * The data folder's own tandem.yaml: made with the folder when the org is the sandbox, so that its custom
 * objects are synced. Undefined when the folder has none, or one in the working directory goes before it.
 */
export async function ownSettings(folder: DataFolder): Promise<string | undefined> {
  if (existsSync('tandem.yaml')) return undefined;
  const file = join(folder.root, 'tandem.yaml');
  const isNew = !existsSync(folder.state) && !environmentGives().salesforce;
  if (isNew && !existsSync(file)) await writeFile(file, TEXT);
  return existsSync(file) ? file : undefined;
}
