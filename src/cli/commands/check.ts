import type { Command } from 'commander';
import { isPublic } from '../../log.ts';
import { createSalesforce } from '../../salesforce/client.ts';
import type { Identity, Salesforce } from '../../salesforce/port.ts';
import { type Finding, preflight } from '../../salesforce/preflight.ts';
import { unknownFields } from '../../sync/field-map.ts';
import { OBJECTS } from '../../sync/objects.ts';
import { TemporalUnavailable } from '../../temporal/client.ts';
import { type CommonOptions, type Context, command, withContext } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import type { Io } from '../io.ts';
import { table } from '../table.ts';

interface Report {
  connection: string;
  orgId: string | null;
  username: string | null;
  ok: boolean;
  findings: Finding[];
}

export function checkCommand(io: Io): Command {
  return command(
    'check',
    'what the sync user, the database or Temporal lack, and what it costs',
  ).action((options: CommonOptions) =>
    withContext(options, io, ['salesforce', 'database'], async (context) => {
      const report = await check(context);
      context.print(report, () => reportText(report));
      if (!report.ok) {
        const count = report.findings.filter(({ severity }) => severity === 'error').length;
        throw new CommandFailed(
          `${count} of the findings ${count === 1 ? 'stops' : 'stop'} something from working: do what ${count === 1 ? 'its remedy says' : 'their remedies say'}, then check again.`,
        );
      }
    }),
  );
}

async function check(context: Context): Promise<Report> {
  const { name, salesforce: credentials, apiVersion, externalIdField } = context.connection;
  const salesforce = createSalesforce(credentials, { apiVersion });
  const org = await preflight(salesforce, { objects: OBJECTS, externalIdField });
  const entered = org.every(({ object }) => object !== null);
  const identity = entered ? await salesforce.identity() : null;
  const findings = [
    ...org,
    ...(entered ? await checkSettings(context, salesforce) : []),
    ...(await checkDatabase(context, identity)),
    ...(await checkTemporal(context)),
  ];
  return {
    connection: name,
    orgId: identity?.orgId ?? null,
    username: identity?.username ?? null,
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings,
  };
}

/** Fields that the settings name and Salesforce does not show. */
async function checkSettings(context: Context, salesforce: Salesforce): Promise<Finding[]> {
  const named = OBJECTS.filter(
    ({ name }) => Object.keys(context.connection.objects[name]?.fields ?? {}).length > 0,
  );
  const findings: Finding[] = [];
  for (const spec of named) {
    const describe = await salesforce.describe(spec.name);
    if (describe === null) continue;
    for (const field of unknownFields(spec, describe, context.connection)) {
      findings.push({
        severity: 'warning',
        object: spec.name,
        field,
        what: `tandem.yaml names ${spec.name}.${field}, which the sync user does not see`,
        cost: 'The setting has no effect.',
        remedy: 'Correct its API name, or grant read access to the field.',
      });
    }
  }
  return findings;
}

async function checkDatabase(context: Context, identity: Identity | null): Promise<Finding[]> {
  try {
    const { rows } = await context.database.query<{ there: boolean }>(
      `select to_regclass('tandem.connection') is not null as there`,
    );
    if (!rows[0]!.there) return [];
    const pinned = await context.database.query<{ org: string | null }>(
      'select org_id as org from tandem.connection',
    );
    const org = pinned.rows[0]?.org ?? null;
    if (org === null || identity === null || org === identity.orgId) return [];
    return [
      broken(
        `The database is paired with the org ${org}, the credentials lead to ${identity.orgId}`,
        'Use the credentials of the first org, or an empty database for this one.',
      ),
    ];
  } catch (error) {
    if (isPublic(error)) return [broken(error.message, 'Mend it, then check again.')];
    throw error;
  }
}

async function checkTemporal(context: Context): Promise<Finding[]> {
  try {
    await context.temporal();
    return [];
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    return [broken(error.message, 'Mend it, then check again.')];
  }
}

function broken(what: string, remedy: string): Finding {
  return { severity: 'error', object: null, field: null, what, cost: 'Nothing is synced.', remedy };
}

function reportText({ connection, orgId, username, findings }: Report): string {
  const head = orgId === null ? '' : `Connection ${connection}: org ${orgId} as ${username}\n`;
  if (findings.length === 0) return `${head}Nothing is missing.\n`;
  return `${head}${table(
    ['', 'what', 'what it costs', 'remedy'],
    findings.map(({ severity, what, cost, remedy }) => [severity, what, cost, remedy].map(wrap)),
  )}`;
}

/** A cell's text in lines that let four columns stand side by side. */
function wrap(text: string): string {
  return text.replace(/(.{1,38})(?:\s+|$)/g, '$1\n').trimEnd();
}
