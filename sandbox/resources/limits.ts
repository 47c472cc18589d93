import type { FastifyInstance } from 'fastify';
import { JOBS_A_DAY, jobsOfADay } from '../bulk/jobs.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { SObject } from '../schema.ts';
import { tableSql } from '../storage.ts';

/** Allowances of an Enterprise org that nothing here uses up. */
const UNUSED: Record<string, number> = {
  ActiveScratchOrgs: 40,
  AnalyticsExternalDataSizeMB: 40_960,
  BOZosCalloutHourlyLimit: 20_000,
  ConcurrentAsyncGetReportInstances: 200,
  ConcurrentEinsteinDataInsightsStoryCreation: 5,
  ConcurrentEinsteinDiscoveryStoryCreation: 2,
  ConcurrentSyncReportRuns: 20,
  DailyAnalyticsDataflowJobExecutions: 60,
  DailyAnalyticsUploadedFilesSizeMB: 51_200,
  DailyAsyncApexExecutions: 250_000,
  DailyAsyncApexTests: 500,
  DailyBulkApiBatches: 15_000,
  DailyBulkV2QueryFileStorageMB: 976_562,
  DailyDeliveredPlatformEvents: 50_000,
  DailyDurableGenericStreamingApiEvents: 1_000_000,
  DailyDurableStreamingApiEvents: 1_000_000,
  DailyEinsteinDataInsightsStoryCreation: 1000,
  DailyEinsteinDiscoveryOptimizationJobRuns: 25,
  DailyEinsteinDiscoveryPredictAPICalls: 50_000,
  DailyEinsteinDiscoveryPredictionsByCDC: 500_000,
  DailyEinsteinDiscoveryStoryCreation: 100,
  DailyFunctionsApiCallLimit: 235_000,
  DailyGenericStreamingApiEvents: 10_000,
  DailyScratchOrgs: 80,
  DailyStandardVolumePlatformEvents: 25_000,
  DailyStreamingApiEvents: 1_000_000,
  DailyWorkflowEmails: 1000,
  DataStorageMB: 10_240,
  DurableStreamingApiConcurrentClients: 2000,
  FileStorageMB: 10_240,
  HourlyAsyncReportRuns: 1200,
  HourlyDashboardRefreshes: 200,
  HourlyDashboardResults: 5000,
  HourlyDashboardStatuses: 999_999_999,
  HourlyLongTermIdMapping: 100_000,
  HourlyManagedContentPublicRequests: 50_000,
  HourlyODataCallout: 20_000,
  HourlyPublishedPlatformEvents: 250_000,
  HourlyPublishedStandardVolumePlatformEvents: 1000,
  HourlyShortTermIdMapping: 100_000,
  HourlySyncReportRuns: 500,
  HourlyTimeBasedWorkflow: 1000,
  MassEmail: 5000,
  MonthlyEinsteinDiscoveryStoryCreation: 500,
  MonthlyPlatformEventsUsageEntitlement: 0,
  Package2VersionCreates: 6,
  Package2VersionCreatesWithoutValidation: 500,
  PermissionSets: 1500,
  PlatformEventTriggersWithParallelProcessing: 5,
  PrivateConnectOutboundCalloutHourlyLimitMB: 0,
  PublishCallbackUsageInApex: 5_242_880,
  SingleEmail: 5000,
  StreamingApiConcurrentClients: 2000,
};

interface Version {
  version: string;
}

/** `limits`, and the approximate row counts of `limits/recordCount`. */
export function limitRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.get<{ Params: Version }>('/services/data/v:version/limits', async () => {
    const { limit } = org.usage;
    const unused = Object.entries(UNUSED).map(([name, max]) => [
      name,
      { Max: max, Remaining: max },
    ]);
    const limits = {
      ...Object.fromEntries(unused),
      DailyApiRequests: { Max: limit, Remaining: limit - org.usage.used() },
      DailyBulkV2QueryJobs: {
        Max: JOBS_A_DAY,
        Remaining: JOBS_A_DAY - (await jobsOfADay(org.pool, org.now())),
      },
    };
    return Object.fromEntries(
      Object.entries(limits).sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  });

  app.get<{ Params: Version; Querystring: { sObjects?: string } }>(
    '/services/data/v:version/limits/recordCount',
    async (request) => {
      const { access } = request.session;
      const named = request.query.sObjects?.split(',').map((name) => name.trim().toLowerCase());
      const objects = org.schema
        .objects()
        .filter(({ name }) => access.canRead(name))
        .filter(({ name }) => named === undefined || named.includes(name.toLowerCase()));
      const counts = await Promise.all(
        objects.map(async (object) => ({
          count: await roughCount(org, object),
          name: object.name,
        })),
      );
      return { sObjects: counts.filter(({ count }) => count > 0) };
    },
  );
}

/** Rows up to which counting is as quick as looking an estimate up. */
const WORTH_COUNTING = 50_000;

async function roughCount({ pool }: SandboxOrg, object: SObject): Promise<number> {
  const table = tableSql(object);
  const { rows } = await pool.query(
    'SELECT reltuples::bigint AS estimate FROM pg_class WHERE oid = $1::regclass',
    [table],
  );
  const estimate = Number(rows[0]?.estimate ?? 0);
  if (estimate > WORTH_COUNTING) return estimate;
  const counted = await pool.query(`SELECT count(*) AS n FROM ${table}`);
  return Number(counted.rows[0].n);
}
