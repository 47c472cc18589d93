/** Which records of an object are synced: the catalogue's condition and config's (rule C12). */
export interface Scope {
  /** SOQL condition of those inside; null for all. */
  inside: string | null;
  /** SOQL condition of those that config leaves out, among the catalogue's; null where config has none. */
  outside: string | null;
}

/** `own` is the catalogue's condition, `filter` config's; both may be null. */
export function scopeOf(own: string | null, filter: string | null): Scope {
  const joined = (...conditions: (string | null)[]) => {
    const given = conditions.filter((condition) => condition !== null);
    return given.length === 0 ? null : given.map((condition) => `(${condition})`).join(' AND ');
  };
  if (filter === null) return { inside: own, outside: null };
  return { inside: joined(own, filter), outside: joined(own, `NOT (${filter})`) };
}
