import { notFound, SalesforceError } from '../errors.ts';
import { compileFormula } from '../formula/compile.ts';
import { FormulaError } from '../formula/error.ts';
import { changedNow, type SandboxOrg } from '../sandbox-org.ts';
import type { SObject } from '../schema.ts';
import { refreshDefinitions, ruleId } from './definitions.ts';
import { fullNameRequired, integrity, noSuchTable } from './failures.ts';
import type { Metadata } from './metadata.ts';

interface Rule {
  condition: string;
  formula: string;
  message: string;
  field: string | null;
  active: boolean;
}

/** Makes a rule `Lead.Name_of_rule`. Returns its full name. */
export async function createRule(
  org: SandboxOrg,
  fullName: unknown,
  metadata: Metadata,
): Promise<string> {
  if (typeof fullName !== 'string' || fullName === '') throw fullNameRequired();
  const [table = '', name = ''] = fullName.split('.');
  const object = org.schema.object(table);
  if (object === undefined) throw noSuchTable(table);
  if (!/^[A-Za-z](?!\w*__)\w*(?<!_)$/.test(name))
    throw integrity('The rule name can only contain underscores and alphanumeric characters', [
      'ValidationName',
    ]);
  const rule = readRule(org, object, metadata);
  const { rowCount } = await org.pool.query(
    `INSERT INTO org_meta.validation_rule (object, name, condition_sql, message, error_field, active, formula)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (object, name) DO NOTHING`,
    [object.name, name, rule.condition, rule.message, rule.field, rule.active, rule.formula],
  );
  if (rowCount === 0)
    throw new SalesforceError(
      400,
      'DUPLICATE_DEVELOPER_NAME',
      `This developer name is already in use on another validation rule. Choose a different developer name.`,
      ['ValidationName'],
    );
  await refreshed(org);
  return `${object.name}.${name}`;
}

export async function updateRule(org: SandboxOrg, id: string, metadata: Metadata): Promise<void> {
  const { number, object } = await ruleById(org, id);
  const rule = readRule(org, object, metadata);
  await org.pool.query(
    `UPDATE org_meta.validation_rule SET condition_sql = $2, message = $3, error_field = $4,
       active = $5, formula = $6 WHERE id = $1`,
    [number, rule.condition, rule.message, rule.field, rule.active, rule.formula],
  );
  await refreshed(org);
}

export async function deleteRule(org: SandboxOrg, id: string): Promise<void> {
  const { number } = await ruleById(org, id);
  await org.pool.query('DELETE FROM org_meta.validation_rule WHERE id = $1', [number]);
  await refreshed(org);
}

async function refreshed(org: SandboxOrg): Promise<void> {
  await refreshDefinitions(org.pool, org.schema, org.settings);
  changedNow(org);
}

async function ruleById(org: SandboxOrg, id: string): Promise<{ number: string; object: SObject }> {
  const { rows } = await org.pool.query<{ id: string; object: string }>(
    'SELECT id, object FROM org_meta.validation_rule',
  );
  const found = rows.find((row) => ruleId(row.id).slice(0, 15) === id.slice(0, 15));
  const object = org.schema.object(found?.object ?? '');
  if (found === undefined || object === undefined) throw notFound();
  return { number: found.id, object };
}

function readRule(org: SandboxOrg, object: SObject, metadata: Metadata): Rule {
  const { active, errorConditionFormula, errorMessage, errorDisplayField } = metadata;
  if (typeof errorConditionFormula !== 'string' || errorConditionFormula.trim() === '')
    throw integrity('Error Condition Formula: You must enter a value', ['Metadata']);
  if (typeof errorMessage !== 'string' || errorMessage.trim() === '')
    throw integrity('Error Message: You must enter a value', ['ErrorMessage']);
  const field =
    typeof errorDisplayField === 'string' ? org.schema.field(object, errorDisplayField) : undefined;
  if (errorDisplayField && field === undefined)
    throw integrity(`Field ${errorDisplayField} does not exist. Check spelling.`, [
      'ErrorDisplayField',
    ]);
  return {
    condition: conditionOf(org, object, errorConditionFormula),
    formula: errorConditionFormula,
    message: errorMessage,
    field: field?.name ?? null,
    active: active !== false,
  };
}

function conditionOf(org: SandboxOrg, object: SObject, formula: string): string {
  try {
    return compileFormula(org.schema, object, formula);
  } catch (error) {
    if (error instanceof FormulaError) throw integrity(`Error: ${error.message}`, ['Metadata']);
    throw error;
  }
}
