/** Scopes that a client may ask for. */
const SCOPES = new Set([
  'address',
  'api',
  'chatter_api',
  'content',
  'custom_permissions',
  'email',
  'full',
  'id',
  'lightning',
  'offline_access',
  'openid',
  'phone',
  'profile',
  'refresh_token',
  'visualforce',
  'wave_api',
  'web',
]);

/** What a token may be used for: the scopes asked for, or those of the flow where none is known. */
export function scopeOf(asked: string | undefined, otherwise: string): string {
  const known = (asked ?? '').split(/[\s,]+/).filter((scope) => SCOPES.has(scope));
  return known.length === 0 ? otherwise : [...new Set(known)].join(' ');
}
