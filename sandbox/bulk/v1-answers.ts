import { rawJSON, stamp } from './job-body.ts';
import type { Counts, V1Batch, V1Job } from './v1-jobs.ts';

type Facts = Record<string, unknown>;

/** A job's facts in the order of the XML; dates as `date` writes them. */
export function jobInfo(job: V1Job, counts: Counts, date: (date: Date) => string): Facts {
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: date(job.createdDate),
    systemModstamp: date(job.systemModstamp),
    state: job.state,
    externalIdFieldName: job.externalIdFieldName,
    assignmentRuleId: job.assignmentRuleId,
    concurrencyMode: job.concurrencyMode,
    contentType: job.contentType,
    numberBatchesQueued: counts.queued,
    numberBatchesInProgress: counts.inProgress,
    numberBatchesCompleted: counts.completed,
    numberBatchesFailed: counts.failed,
    numberBatchesTotal: counts.total,
    numberRecordsProcessed: counts.recordsProcessed,
    numberRetries: 0,
    apiVersion: rawJSON(job.apiVersion),
    numberRecordsFailed: counts.recordsFailed,
    totalProcessingTime: counts.time,
    apiActiveProcessingTime: counts.time,
    apexProcessingTime: 0,
  };
}

export function batchInfo(batch: V1Batch, date: (date: Date) => string): Facts {
  return {
    id: batch.id,
    jobId: batch.jobId,
    state: batch.state,
    stateMessage: batch.stateMessage,
    createdDate: date(batch.createdDate),
    systemModstamp: date(batch.systemModstamp),
    numberRecordsProcessed: batch.processed,
    numberRecordsFailed: batch.failed,
    totalProcessingTime: batch.time,
    apiActiveProcessingTime: batch.time,
    apexProcessingTime: 0,
  };
}

/** JSON names its keys in the order of the alphabet, and ends dates in +0000, XML in Z. */
export const inAlphabet = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1)));

export const jsonDate = stamp;
export const xmlDate = (date: Date) => date.toISOString();
