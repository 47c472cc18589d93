import { malformedQuery } from '../errors.ts';

/** Objects that Salesforce makes up for each query, and the columns of which one must be filtered. */
const REIFIED: Record<string, string[] | undefined> = {
  FieldDefinition: ['EntityDefinitionId', 'DurableId'],
};

/** Refuses a query over all rows of such an object. `where`: its condition, in any form that names its fields. */
export function requireFilter(object: string, where: unknown): void {
  const columns = REIFIED[object];
  if (columns === undefined) return;
  const named = JSON.stringify(where ?? '').toLowerCase();
  const isFiltered = columns.some((column) => {
    const name = column.toLowerCase();
    return named.includes(`"${name}"`) || named.includes(`"${name.replace(/id$/, '')}.`);
  });
  if (!isFiltered)
    throw malformedQuery(
      `${object}: a filter on a reified column is required [${columns.join(',')}]`,
    );
}
