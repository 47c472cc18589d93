/** Which records of an object are synced: the catalogue's condition and config's (rule C12). */
export interface Scope {
  /** SOQL condition of those that are synced; null for all. */
  inside: string | null;
  /** The catalogue's condition alone; null for all. */
  own: string | null;
  /** Has config a condition, which may leave out some of the catalogue's? */
  limited: boolean;
}

/** `own` is the catalogue's condition, `filter` config's; both may be null. */
export function scopeOf(own: string | null, filter: string | null): Scope {
  if (filter === null) return { inside: own, own, limited: false };
  return { inside: own === null ? filter : `(${own}) AND (${filter})`, own, limited: true };
}
