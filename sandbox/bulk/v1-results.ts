import type { Pool } from 'pg';
import { csvLine } from './csv-reader.ts';
import { errorText } from './ingest-results.ts';
import { type BulkRow, rowsWith } from './rows-table.ts';
import type { ContentType } from './v1-jobs.ts';
import { sObjects, xmlDocument } from './v1-xml.ts';

/** What became of a batch's rows, in the order of the request. */
export async function loadResults(pool: Pool, id: string, type: ContentType): Promise<string> {
  const rows: BulkRow[] = [];
  for await (const list of rowsWith(pool, id, 'any')) rows.push(...list);
  if (type === 'JSON') return JSON.stringify(rows.map(jsonResult));
  if (type === 'XML') return xmlDocument('results', { result: rows.map(xmlResult) });
  const lines = rows.map(({ id, created, errors }) =>
    csvLine(
      [
        id ?? '',
        String(isSaved(errors)),
        String(created ?? false),
        errorsOf(errors).map(errorText).join(';'),
      ],
      ',',
    ),
  );
  return ['"Id","Success","Created","Error"', ...lines, ''].join('\n');
}

const isSaved = (errors: BulkRow['errors']) => errors !== null && errors.length === 0;
const errorsOf = (errors: BulkRow['errors']) => errors ?? [];

const jsonResult = ({ id, created, errors }: BulkRow) => ({
  success: isSaved(errors),
  created: created ?? false,
  id,
  errors: errorsOf(errors).map((error) => ({ ...error, extendedErrorDetails: null })),
});

const xmlResult = ({ id, created, errors }: BulkRow) => ({
  errors: errorsOf(errors),
  id,
  success: isSaved(errors),
  created: created ?? false,
});

/** The rows of a query. */
export async function queryResult(pool: Pool, id: string, type: ContentType): Promise<string> {
  const { rows } = await pool.query<{ content: string }>(
    'SELECT content FROM org_meta.bulk_v1_result WHERE batch_id = $1 ORDER BY part',
    [id],
  );
  const parts = rows.map(({ content }) => content);
  if (type === 'CSV') return parts.join('');
  return type === 'JSON' ? `[${parts.join(',')}]` : sObjects(parts);
}
