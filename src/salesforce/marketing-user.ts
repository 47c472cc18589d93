import { SalesforceRejected } from './errors.ts';
import type { Salesforce } from './port.ts';

const FIELD = 'UserPermissionsMarketingUser';

/** Why a user who is no marketing user cannot have programs, and what to do (E6). */
export const MARKETING_USER_MISSING = {
  what: 'The sync user is no marketing user, so Salesforce lets it write no campaigns',
  cost: 'Programs are not linked, and changes of their members, type and cost wait; the rest goes on.',
  remedy: 'Tick "Marketing User" on the user in Salesforce Setup.',
};

/** Whether Salesforce lets the user write campaigns (E6); null when it does not show. */
export async function isMarketingUser(
  salesforce: Pick<Salesforce, 'retrieve'>,
  userId: string,
): Promise<boolean | null> {
  try {
    const [user] = await salesforce.retrieve('User', [userId], [FIELD]);
    const value = user?.[FIELD];
    return typeof value === 'boolean' ? value : null;
  } catch (error) {
    // Hidden from the user by field-level security.
    if (error instanceof SalesforceRejected && error.code === 'INVALID_FIELD') return null;
    throw error;
  }
}
