import { classify } from './classify.ts';
import type { SalesforceError } from './errors.ts';
import { asArray, asObject, unexpected } from './json.ts';
import type { Rest } from './rest.ts';

export type Part = { body: unknown } | { error: SalesforceError };

/**
 * Several GETs in one call of the limit (M2): at most 25 paths, of them 5 queries. Each part is a
 * body or an error of its own, in the order of `paths`; only the whole call's failure throws.
 */
export async function composite(
  rest: Rest,
  base: string,
  paths: string[],
): Promise<{ askedAt: Date; parts: Part[] }> {
  const { body, askedAt } = await rest.json({
    method: 'POST',
    path: `${base}/composite`,
    body: {
      allOrNone: false,
      collateSubrequests: true,
      compositeRequest: paths.map((url, index) => ({
        method: 'GET',
        url,
        referenceId: `r${index}`,
      })),
    },
    subject: 'query',
    reads: true,
  });
  const answers = asArray(asObject(body).compositeResponse).map(asObject);
  const parts = paths.map((_, index): Part => {
    const answer = answers.find(({ referenceId }) => referenceId === `r${index}`);
    if (answer === undefined) throw unexpected('answer to a subrequest');
    const status = Number(answer.httpStatusCode);
    if (status === 200) return { body: answer.body };
    const text = JSON.stringify(answer.body ?? null);
    return { error: classify({ status, text, at: askedAt }, 'query') };
  });
  return { askedAt, parts };
}
