import type { Call, Comparison, Logic, Path, Query } from './ast.ts';
import type { Source } from './failures.ts';
import type { Column, Scope } from './scope.ts';
import { filtersOf, resolve, scopeOf } from './where.ts';

/** The most semi-joins and anti-joins of one query. */
const MOST = 2;

/** Objects that an inner query cannot be about. */
const NOT_INNER =
  /^(?:ActivityHistory|Attachment|Event|EventAttendee|Note|OpenActivity|Tag|Task)$/i;

const isJoin = ({ query }: Comparison) => query !== null;

function comparisonsOf(logic: Logic): Comparison[] {
  if (logic.kind === 'comparison') return [logic.comparison];
  return logic.kind === 'not' ? comparisonsOf(logic.term) : logic.terms.flatMap(comparisonsOf);
}

/** Semi-joins stand at the top of a WHERE clause, two at most, joined by AND alone, and not in one another. */
export function refuseMisplacedJoins(where: Logic, scope: Scope, source: Source): void {
  const joins = comparisonsOf(where).filter(isJoin);
  const [first] = joins;
  if (first === undefined) return;
  if (scope.inner)
    throw source.malformed(first.left, 'Nesting of semi join sub-selects is not supported');
  const third = joins[MOST];
  if (third !== undefined)
    throw source.malformed(third.left, `Maximum ${MOST} semi join sub-selects are allowed`);
  if (where.kind === 'or')
    throw source.malformed(
      first.left,
      "Semi join sub-selects are not allowed with the 'OR' operator",
    );
  if (!onlyAnd(where))
    throw source.malformed(
      first.left,
      'Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.',
    );
}

/** Whether no semi-join stands beneath an OR or a NOT. */
function onlyAnd(logic: Logic): boolean {
  if (logic.kind === 'comparison') return true;
  if (logic.kind === 'and') return logic.terms.every(onlyAnd);
  return !comparisonsOf(logic).some(isJoin);
}

export function semiJoin(
  left: Path | Call,
  column: Column,
  operator: string,
  query: Query,
  scope: Scope,
  source: Source,
): string {
  if (left.kind === 'call' || !isReference(column))
    throw source.malformed(
      left,
      `The left operand field in the where expression for outer query should be an id field, cannot use: '${left.text}'`,
    );
  if (column.path.length > 1)
    throw source.malformed(
      left,
      'The left operand cannot have more than one level of relationships',
    );
  if (NOT_INNER.test(query.from.text))
    throw source.malformed(
      query.from,
      `Entity '${query.from.text}' is not supported for semi join inner selects`,
    );
  for (const clause of ['GROUP', 'HAVING', 'ORDER', 'LIMIT', 'OFFSET', 'FOR', 'ALL', 'USING']) {
    const offset = query.clauses.get(clause);
    if (offset !== undefined) throw source.malformed({ offset }, `missing value at '${clause}'`);
  }
  const inner = scopeOf(query.from, query.aliases, scope, source);
  inner.inner = true;
  if (inner.object === scope.object)
    throw source.malformed(
      query.from,
      'The inner and outer selects should not be on the same object type',
    );
  const selected = selectedColumn(left, column, query, inner, source);
  const filters = filtersOf(inner, query.where, source);
  const conditions = [`${selected.sql} IS NOT NULL`, ...filters].join(' AND ');
  const rows = `${column.sql} ${operator} (SELECT ${selected.sql} FROM ${inner.from()} WHERE ${conditions})`;
  return operator === 'NOT IN' ? `(${column.sql} IS NULL OR ${rows})` : rows;
}

const isReference = ({ field }: Column) => field.type === 'id' || field.type === 'reference';

/** The one id that the inner query selects: of the object that the left side refers to. */
function selectedColumn(
  left: Path,
  outer: Column,
  query: Query,
  inner: Scope,
  source: Source,
): Column {
  const [field, second] = query.fields;
  if (second !== undefined || field?.kind !== 'value')
    throw source.malformed(query.from, 'Semi join sub-selects can only select one field');
  const { expression } = field;
  if (expression.kind === 'call')
    throw source.malformed(
      expression,
      `Semi join sub-selects can only query id fields, cannot use: '${expression.text}'`,
    );
  const column = resolve(expression, inner, source);
  if (!isReference(column))
    throw source.malformed(
      expression,
      `Semi join sub-selects can only query id fields, cannot use: '${expression.text}'`,
    );
  if (column.viaParent)
    throw source.malformed(
      expression,
      `The inner select field '${expression.text}' cannot have more than one level of relationships`,
    );
  if (!targetsOf(column).some((name) => targetsOf(outer).includes(name)))
    throw source.malformed(
      left,
      `The selected field '${expression.text}' in the subquery and the left operand field in the where expression in the outer query '${left.text}' should point to the same object type`,
    );
  return column;
}

function targetsOf({ field, owner }: Column): string[] {
  return field.type === 'id' ? [owner.name] : field.referenceTo;
}
