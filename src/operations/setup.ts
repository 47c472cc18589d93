import type { ConnectionConfig } from '../config.ts';
import { createSalesforce } from '../salesforce/client.ts';
import type { SalesforceCredentials } from '../salesforce/credentials.ts';
import { type Finding, preflight } from '../salesforce/preflight.ts';
import { type SetupStep, setUpOrg } from '../salesforce/setup.ts';
import { chosenObjects } from '../sync/objects.ts';

export interface SetupReport {
  connection: string;
  orgId: string;
  /** The user who was given access. */
  username: string;
  steps: SetupStep[];
  /** What the sync user still lacks of the field (L2). */
  findings: Finding[];
}

/** Prepares the org for creation by External ID (N2). The administrator's credentials are used, never kept. */
export async function setUpConnection(
  connection: ConnectionConfig,
  administrator: SalesforceCredentials,
): Promise<SetupReport> {
  const { name, apiVersion, externalIdField } = connection;
  const salesforce = createSalesforce(connection.salesforce, { apiVersion });
  const { orgId, userId, username } = await salesforce.identity();
  const field = externalIdField;
  const steps = await setUpOrg(administrator, { apiVersion, field, syncUserId: userId });
  const objects = chosenObjects(connection.objects);
  const findings = await preflight(salesforce, { objects, externalIdField });
  return {
    ...{ connection: name, orgId, username, steps },
    findings: findings.filter((finding) => finding.field === field),
  };
}
