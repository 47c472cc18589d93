import { z } from 'zod';
import { isCustom, OBJECTS, objectSpec } from '../sync/objects.ts';
import { parseDuration } from './duration.ts';

const DAY_MS = 24 * 3_600_000;

function duration(minimum: string, maximumMs = Number.POSITIVE_INFINITY) {
  const minimumMs = parseDuration(minimum)!;
  return z
    .string({ error: 'must be a duration with its unit, such as 30s, 5m or 2h' })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === null) {
        context.addIssue('must be a duration with its unit, such as 30s, 5m or 2h');
        return z.NEVER;
      }
      if (ms < minimumMs) context.addIssue(`must be at least ${minimum}`);
      if (ms > maximumMs) context.addIssue('must be at most a day');
      return ms;
    });
}

const conflictRule = z.enum(['salesforce', 'marketing', 'latest']);
const way = z.enum(['both', 'pull', 'push', 'off']);
const apiName = /^[A-Za-z][A-Za-z0-9_]{0,79}$/;

const field = z.union([
  way.transform((text) => ({ way: text })),
  z.strictObject({
    way: way.optional(),
    conflict: conflictRule.optional(),
    column: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be lower case letters, digits and _, at most 63')
      .optional(),
  }),
]);

const object = z.strictObject({
  enabled: z.boolean().optional(),
  where: z.string().trim().min(1).optional(),
  conflict: conflictRule.optional(),
  fields: z.record(z.string().regex(apiName, 'must be an API name'), field).optional(),
});

/** The settings that each connection may have of its own. */
const connectionKeys = {
  pause: duration('1s', DAY_MS).optional(),
  overlap: duration('1s').optional(),
  history: duration('1d').optional(),
  externalIdField: z.string().regex(apiName, 'must be the API name of a field').optional(),
  salesforce: z
    .strictObject({
      apiVersion: z
        .string({ error: "must be text in quotes, such as '62.0'" })
        .regex(/^\d{2,3}\.0$/, "must be a version such as '62.0'")
        .optional(),
    })
    .optional(),
  people: z
    .strictObject({
      createInSalesforce: z
        .union([z.enum(['asked', 'always']), z.strictObject({ when: z.string().min(1) })])
        .optional(),
      onDelete: z.enum(['keep', 'delete', 'forget']).optional(),
      defaults: z
        .strictObject({
          lastName: z.string().trim().min(1).max(80).optional(),
          company: z.string().trim().min(1).max(255).optional(),
        })
        .optional(),
    })
    .optional(),
  objects: z
    .record(
      z
        .string()
        .refine(
          (name) => isCustom(name) || OBJECTS.some((spec) => spec.name === name),
          `must be a custom object (…__c) or one of ${OBJECTS.map(({ name }) => name).join(', ')}`,
        ),
      object.nullable(),
    )
    // Salesforce tells no names apart by case, and two of one name would share a table (G2).
    .superRefine((objects, context) => {
      const seen = new Set<string>();
      for (const name of Object.keys(objects)) {
        const message = 'names an object that stands here already, in another case';
        if (seen.has(name.toLowerCase()))
          context.addIssue({ code: 'custom', path: [name], message });
        seen.add(name.toLowerCase());
      }
    })
    .optional(),
  bulk: z
    .strictObject({
      queryThreshold: z.int().min(1).optional(),
      writeThreshold: z.int().min(1).optional(),
      pageSize: z.int().min(1_000).max(1_000_000).optional(),
    })
    .optional(),
  compare: z
    .strictObject({ every: z.union([z.literal('off'), duration('1s')]).optional() })
    .optional(),
  activities: z
    .strictObject({
      push: z
        .array(
          z.strictObject({
            kind: z.string().trim().min(1).max(255),
            subject: z.string().trim().min(1).max(255).optional(),
            onceADay: z.boolean().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  formulas: z.strictObject({ refresh: duration('1m').optional() }).optional(),
  api: z
    .strictObject({
      budgetShare: z.number().gt(0).max(1).optional(),
      lookAgain: duration('1s', DAY_MS).optional(),
    })
    .optional(),
};

/** tandem.yaml: the settings of every connection, and each connection's own over them. */
export const fileSchema = z.strictObject({
  ...connectionKeys,
  temporal: z.strictObject({ taskQueue: z.string().min(1).optional() }).optional(),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).optional(),
    })
    .optional(),
  connections: z
    .record(
      z
        .string()
        .regex(/^[a-z][a-z0-9-]*$/, 'must be a name of lower case letters, digits and hyphens'),
      z.strictObject(connectionKeys).nullable(),
    )
    .optional(),
});

export type FileSettings = z.output<typeof fileSchema>;
type OwnSettings = Omit<FileSettings, 'temporal' | 'log' | 'connections'>;

export type CreateInSalesforce = 'asked' | 'always' | { when: string };

/** A connection's settings, whole. */
export interface ConnectionSettings {
  /** Milliseconds from the end of a cycle to the next (A1). */
  pauseMs: number;
  /** Milliseconds that a pull reads again before its watermark (N5). */
  overlapMs: number;
  /** Milliseconds that cycles, conflicts, API usage and closed errors are kept (K6). */
  historyMs: number;
  /** API name, on Lead and Contact (N2). */
  externalIdField: string;
  apiVersion: string;
  people: {
    /** `when` is a SQL condition over marketing.person (C5). */
    createInSalesforce: CreateInSalesforce;
    /** What becomes of Salesforce's record when a person is deleted here (C14). */
    onDelete: 'keep' | 'delete' | 'forget';
    /** Used on creation, where Salesforce insists on a value (C6). */
    defaults: { lastName: string; company: string };
  };
  /** By API name; what is synced and how (B1, C4, C12, E6, G2). Every object of the catalogue is there. */
  objects: Record<string, ObjectSettings>;
  bulk: {
    /** Changed rows of one object in one pull, above which Bulk API 2.0 is used (M2). */
    queryThreshold: number;
    /** People with due changes of one object, above which they are pushed by Bulk API 2.0 (M2). */
    writeThreshold: number;
    /** Rows of a page of Bulk results. */
    pageSize: number;
  };
  /** Milliseconds from one comparison of all ids to the next (N8); null: only when asked for. */
  compareEveryMs: number | null;
  /** Kinds of marketing activity that become completed tasks in Salesforce (H2). */
  activities: { push: PushedKind[] };
  /** Milliseconds after which formula columns are read again; looked at with the schema, hourly (J3). */
  formulaRefreshMs: number;
  /** Part of the org's daily API calls, 0 to 1, and how long to wait when it is used (M1). */
  api: { budgetShare: number; lookAgainMs: number };
}

export interface PushedKind {
  kind: string;
  /** The task's subject; `{name}` stands for an attribute of the activity. */
  subject: string;
  /** At most one a day (in UTC) for each person. */
  onceADay: boolean;
}

export interface ObjectSettings {
  enabled: boolean;
  /** A SOQL condition that limits what is synced (C12); null for none. */
  where: string | null;
  conflict: 'salesforce' | 'marketing' | 'latest';
  fields: Record<string, z.output<typeof field>>;
}

/** A connection's own settings over those of the file's top level over the defaults, key by key. */
export function connectionSettings(top: OwnSettings, own: OwnSettings): ConnectionSettings {
  const names = new Set([
    ...OBJECTS.map(({ name }) => name),
    ...Object.keys(top.objects ?? {}),
    ...Object.keys(own.objects ?? {}),
  ]);
  const objects = [...names].map((name): [string, ObjectSettings] => {
    const shared = top.objects?.[name];
    const mine = own.objects?.[name];
    return [
      name,
      {
        enabled: mine?.enabled ?? shared?.enabled ?? true,
        where: mine?.where ?? shared?.where ?? null,
        conflict: mine?.conflict ?? shared?.conflict ?? objectSpec(name).conflict,
        fields: { ...shared?.fields, ...mine?.fields },
      },
    ];
  });
  const people = { ...top.people, ...own.people };
  const every = own.compare?.every ?? top.compare?.every ?? DAY_MS;
  const defaults = { ...top.people?.defaults, ...own.people?.defaults };
  return {
    pauseMs: own.pause ?? top.pause ?? 5 * 60_000,
    overlapMs: own.overlap ?? top.overlap ?? 10 * 60_000,
    historyMs: own.history ?? top.history ?? 30 * DAY_MS,
    externalIdField: own.externalIdField ?? top.externalIdField ?? 'Tandem_Id__c',
    apiVersion: own.salesforce?.apiVersion ?? top.salesforce?.apiVersion ?? '62.0',
    people: {
      createInSalesforce: people.createInSalesforce ?? 'asked',
      onDelete: people.onDelete ?? 'keep',
      defaults: {
        lastName: defaults.lastName ?? 'Unknown',
        company: defaults.company ?? 'Unknown',
      },
    },
    objects: Object.fromEntries(objects),
    bulk: {
      queryThreshold: own.bulk?.queryThreshold ?? top.bulk?.queryThreshold ?? 10_000,
      writeThreshold: own.bulk?.writeThreshold ?? top.bulk?.writeThreshold ?? 2_000,
      pageSize: own.bulk?.pageSize ?? top.bulk?.pageSize ?? 50_000,
    },
    compareEveryMs: every === 'off' ? null : every,
    activities: {
      push: (own.activities?.push ?? top.activities?.push ?? []).map((one) => ({
        ...{ kind: one.kind, subject: one.subject ?? one.kind, onceADay: one.onceADay ?? false },
      })),
    },
    formulaRefreshMs: own.formulas?.refresh ?? top.formulas?.refresh ?? DAY_MS,
    api: {
      budgetShare: own.api?.budgetShare ?? top.api?.budgetShare ?? 0.8,
      lookAgainMs: own.api?.lookAgain ?? top.api?.lookAgain ?? 15 * 60_000,
    },
  };
}
