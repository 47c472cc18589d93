export interface PullQuery {
  object: string;
  /** API names, in the order of the result's columns. Doubles are dropped. */
  fields: readonly string[];
  /** Condition of the catalogue or of config, added in brackets. */
  where?: string | null;
  /** Rows later than this; ISO 8601 in UTC. */
  after?: string | null;
  /** Rows up to and including this; ISO 8601 in UTC. */
  until?: string | null;
  /** Order by (SystemModstamp, Id). Leave it off for Bulk (trap 5). */
  ordered: boolean;
}

/** The SOQL of a pull. Throws when a name, an instant or an id is not what it should be: nothing else is pasted. */
export function pullQuery(query: PullQuery): string {
  const fields = [...new Set(query.fields.map(identifier))];
  if (fields.length === 0) throw new Error(`A query of ${query.object} needs at least one field.`);
  const conditions: string[] = [];
  if (query.where) conditions.push(`(${query.where})`);
  if (query.after) conditions.push(`SystemModstamp > ${instant(query.after)}`);
  if (query.until) conditions.push(`SystemModstamp <= ${instant(query.until)}`);
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const order = query.ordered ? ' ORDER BY SystemModstamp, Id' : '';
  return `SELECT ${fields.join(', ')} FROM ${identifier(query.object)}${where}${order}`;
}

/** An API name, checked: letters, digits and underscores only. */
function identifier(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,79}$/.test(name)) {
    throw new Error(`${JSON.stringify(name)} is not a Salesforce API name.`);
  }
  return name;
}

function instant(text: string): string {
  const time = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time)) {
    throw new Error(`${JSON.stringify(text)} is not an instant in ISO 8601.`);
  }
  return new Date(time).toISOString();
}
