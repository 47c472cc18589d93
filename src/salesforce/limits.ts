import type { ApiUsage } from './port.ts';

/**
 * `Sforce-Limit-Info: api-usage=75/15000; per-app-api-usage=17/250(appName=x)` → the org's usage.
 * Null when the header is missing or of another form, as on 401 answers and the login.
 */
export function parseLimitInfo(header: string | undefined): ApiUsage | null {
  const found = header?.match(/(?:^|[;,\s])api-usage=(\d+)\/(\d+)/);
  return found ? { used: Number(found[1]), limit: Number(found[2]) } : null;
}
