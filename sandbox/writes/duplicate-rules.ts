import type { PoolClient } from 'pg';
import { currentRequest } from '../current-request.ts';
import {
  type DuplicateResult,
  DuplicatesDetected,
  type MatchResult,
} from '../duplicates-detected.ts';
import { BEFORE, CANDIDATE } from '../formula/compile.ts';
import type { SObject } from '../schema.ts';
import { isStored, quote } from '../storage.ts';
import { refusing } from './batch.ts';
import { trueConditions } from './candidates.ts';
import { detailsOf, findMatches } from './duplicate-matches.ts';
import type { MatchingRule } from './duplicate-rule-data.ts';
import { findField } from './fields.ts';
import type { Draft, WriteContext } from './types.ts';
import { NO_HEADERS, type WriteHeaders } from './write-headers.ts';

interface Rule {
  name: string;
  action: 'Allow' | 'Block';
  alerts: boolean;
  message: string;
  condition_sql: string | null;
  matching: MatchingRule[];
}

/**
 * Refuses rows that an active duplicate rule finds duplicates of: always where the rule blocks, and
 * where it alerts unless the call allows the save. Rows of one call are not compared with each other.
 */
export async function checkDuplicates(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
): Promise<void> {
  if (drafts.length === 0) return;
  const headers = (context.headers ?? NO_HEADERS).duplicateRule;
  for (const rule of await activeRules(client, object, kind)) {
    if (rule.action === 'Allow' && (!rule.alerts || headers.allowSave)) continue;
    const clean = drafts.filter(({ errors }) => errors.length === 0);
    const concerned = await concernedBy(client, context, object, clean, kind, rule);
    await refuse(client, context, object, concerned, kind, rule, headers);
  }
}

async function activeRules(
  client: PoolClient,
  object: SObject,
  kind: 'insert' | 'update',
): Promise<Rule[]> {
  const { rows } = await client.query<Rule>(
    `SELECT rule."DeveloperName" AS name, facts.on_${kind} AS action, facts.alerts_on_${kind} AS alerts,
            facts.message, facts.condition_sql, facts.matching
       FROM org."DuplicateRule" rule JOIN org_meta.duplicate_rule facts ON facts.rule_id = rule."Id"
      WHERE rule."SobjectType" = $1 AND rule."IsActive" ORDER BY facts.position, rule."Id"`,
    [object.name],
  );
  return rows;
}

/** An update is looked at only when it changes what is matched. */
async function concernedBy(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
  rule: Rule,
): Promise<Draft[]> {
  const names = new Set(rule.matching.flatMap(({ any }) => any.flat().map(({ field }) => field)));
  const fields = [...names]
    .map((name) => findField(object, name))
    .filter((field) => field !== undefined && isStored(field));
  const changed = fields.map((field) => {
    const column = quote(field!.name);
    return `${CANDIDATE}.${column} IS DISTINCT FROM (${CANDIDATE}.${quote(BEFORE)}).${column}`;
  });
  const tests = [
    ...(kind === 'update' ? [`(${['false', ...changed].join(' OR ')})`] : []),
    ...(rule.condition_sql === null ? [] : [`(${rule.condition_sql})`]),
  ];
  if (tests.length === 0) return drafts;
  const condition_sql = tests.join(' AND ');
  const found = await refusing(drafts, () =>
    trueConditions(client, context, object, drafts, kind, [{ condition_sql }]),
  );
  const ids = new Set(found?.map(({ id }) => id));
  return drafts.filter(({ id }) => ids.has(id!));
}

async function refuse(
  client: PoolClient,
  context: WriteContext,
  object: SObject,
  drafts: Draft[],
  kind: 'insert' | 'update',
  rule: Rule,
  headers: WriteHeaders['duplicateRule'],
): Promise<void> {
  const results = new Map<string, MatchResult[]>();
  const version = /\/v(\d+\.\d)/.exec(currentRequest.getStore()?.url ?? '')?.[1] ?? '67.0';
  for (const matching of rule.matching) {
    if (headers.runAsCurrentUser && !context.session.access.canRead(matching.object)) continue;
    const found = await findMatches(client, context, object, drafts, kind, matching);
    const details = headers.includeRecordDetails
      ? await detailsOf(client, context, matching, [...found.values()].flat())
      : new Map<string, Record<string, unknown>>();
    for (const [id, matches] of found) {
      const records = matches.map((match) => ({
        additionalInformation: [],
        fieldDiffs: [],
        matchConfidence: 100,
        record: {
          attributes: {
            type: matching.object,
            url: `/services/data/v${version}/sobjects/${matching.object}/${match}`,
          },
          Id: match,
          ...details.get(match),
        },
      }));
      const result: MatchResult = {
        entityType: matching.object,
        errors: [],
        matchEngine: isExact(matching) ? 'ExactMatchEngine' : 'FuzzyMatchEngine',
        matchRecords: records,
        rule: matching.name,
        size: records.length,
        success: true,
      };
      results.set(id, [...(results.get(id) ?? []), result]);
    }
  }
  for (const draft of drafts) {
    const matchResults = results.get(draft.id!);
    if (matchResults === undefined) continue;
    const result: DuplicateResult = {
      allowSave: rule.action === 'Allow',
      duplicateRule: rule.name,
      duplicateRuleEntityType: object.name,
      errorMessage: rule.message,
      matchResults,
    };
    draft.errors.push(new DuplicatesDetected(result));
  }
}

const isExact = ({ any }: MatchingRule) => any.flat().every(({ method }) => method !== 'Fuzzy');
