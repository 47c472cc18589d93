/** PostgreSQL cuts longer identifiers, so that two of them could become one. */
const MAX_BYTES = 63;

/** Salesforce API name → column name: `LastCURequestDate` → `last_cu_request_date`. */
export function snakeCase(apiName: string): string {
  return apiName
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** The name itself, or, over 63 bytes, its beginning and a hash of the whole. API names are ASCII. */
export function columnName(name: string): string {
  if (name.length <= MAX_BYTES) return name;
  const hash = fnv1a(name).toString(16).padStart(8, '0');
  return `${name.slice(0, MAX_BYTES - 1 - hash.length)}_${hash}`;
}

/** FNV-1a, 32 bits: the same on every machine, and free of imports. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 0;
}
