import { SalesforceRejected } from './errors.ts';
import { asObject } from './json.ts';
import type { Rest } from './rest.ts';

/** A Bulk API 2.0 job as Salesforce shows it; null when it does not know the job (expired, deleted). */
export async function readJob(rest: Rest, path: string): Promise<Record<string, unknown> | null> {
  try {
    const { body } = await rest.json({ method: 'GET', path, subject: 'query', reads: true });
    return asObject(body);
  } catch (error) {
    if (isUnknownJob(error)) return null;
    throw error;
  }
}

/** Does what aborts a job. One that has ended, or is unknown, needs no abort: both are silently right. */
export async function unlessEnded(abort: Promise<unknown>): Promise<void> {
  try {
    await abort;
  } catch (error) {
    const ended = error instanceof SalesforceRejected && error.code === 'INVALIDJOBSTATE';
    if (!ended && !isUnknownJob(error)) throw error;
  }
}

export function isUnknownJob(error: unknown): boolean {
  return error instanceof SalesforceRejected && error.code === 'NOT_FOUND';
}
