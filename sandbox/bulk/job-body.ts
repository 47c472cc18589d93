import type { IngestJob } from './ingest-jobs.ts';

/** Keeps the `.0` of a version number, which JSON's own numbers lose. */
export const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

export const stamp = (date: Date) => date.toISOString().replace('Z', '+0000');

const given = (facts: Record<string, string | null>) =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));

/** An ingest job as POST and PATCH answer it. */
export function ingestBody(job: IngestJob): object {
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: stamp(job.createdDate),
    systemModstamp: stamp(job.systemModstamp),
    state: job.state,
    ...given({
      externalIdFieldName: job.externalIdFieldName,
      assignmentRuleId: job.assignmentRuleId,
    }),
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: rawJSON(job.apiVersion),
    ...(job.state === 'Open'
      ? { contentUrl: `services/data/v${job.apiVersion}/jobs/ingest/${job.id}/batches` }
      : {}),
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
  };
}

/** The same with what only GET shows. */
export function wholeIngestBody(job: IngestJob): object {
  return {
    ...ingestBody(job),
    jobType: 'V2Ingest',
    ...given({ errorMessage: job.errorMessage }),
    numberRecordsProcessed: job.processed,
    numberRecordsFailed: job.failed,
    retries: job.retries,
    totalProcessingTime: job.totalProcessingTime,
    apiActiveProcessingTime: job.apiActiveProcessingTime,
    apexProcessingTime: 0,
  };
}
