import { classify } from './classify.ts';
import type { SalesforceError } from './errors.ts';
import { asArray, asObject, unexpected } from './json.ts';
import type { Rest } from './rest.ts';

/** A body, null where a conditional request found nothing new; or an error. */
export type Part = { body: unknown; headers: Record<string, unknown> } | { error: SalesforceError };

export interface Get {
  path: string;
  headers?: Record<string, string>;
}

/**
 * Several GETs in one call of the limit (M2): at most 25, of them 5 queries. Each part is a body or an
 * error of its own, in the order of `gets`; only the whole call's failure throws.
 */
export async function composite(
  rest: Rest,
  base: string,
  gets: readonly Get[],
): Promise<{ askedAt: Date; parts: Part[] }> {
  const { body, askedAt } = await rest.json({
    method: 'POST',
    path: `${base}/composite`,
    body: {
      allOrNone: false,
      collateSubrequests: true,
      compositeRequest: gets.map(({ path, headers }, index) => ({
        method: 'GET',
        url: path,
        referenceId: `r${index}`,
        ...(headers && { httpHeaders: headers }),
      })),
    },
    subject: 'query',
    reads: true,
  });
  const answers = asArray(asObject(body).compositeResponse).map(asObject);
  const parts = gets.map((_, index): Part => {
    const answer = answers.find(({ referenceId }) => referenceId === `r${index}`);
    if (answer === undefined) throw unexpected('answer to a subrequest');
    const status = Number(answer.httpStatusCode);
    if (status === 200 || status === 304) {
      const headers = (answer.httpHeaders ?? {}) as Record<string, unknown>;
      return { body: status === 304 ? null : answer.body, headers };
    }
    const text = JSON.stringify(answer.body ?? null);
    return { error: classify({ status, text, at: askedAt }, 'query') };
  });
  return { askedAt, parts };
}
