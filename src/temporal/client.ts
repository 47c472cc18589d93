import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ActionInput } from '../../activities/run-action.ts';
import type { action as actionWorkflow } from '../../workflows/action.ts';
import type { compare as compareWorkflow } from '../../workflows/compare.ts';
import type { connection as connectionWorkflow } from '../../workflows/connection.ts';
import {
  ACTION_WORKFLOW,
  actionWorkflowId,
  CONNECTION_WORKFLOW,
  compareWorkflowId,
  connectionWorkflowId,
} from '../../workflows/messages.ts';
import { CONNECTION_ATTRIBUTE } from '../../workflows/search-attributes.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

/** Where Temporal is, as far as the environment's own TEMPORAL_* variables do not say. */
export interface TemporalSettings {
  address: string | null;
  namespace: string | null;
  taskQueue: string;
}

export interface TemporalConnection {
  client: Client;
  /** Of the address in use, for messages. */
  address: string;
  close(): Promise<void>;
}

export class TemporalUnavailable extends Error {
  readonly isPublic = true;

  constructor(address: string, cause: unknown) {
    super(`Temporal does not answer at ${address}: start it, or set TEMPORAL_ADDRESS`, { cause });
    this.name = 'TemporalUnavailable';
  }
}

/** The address, TLS and credentials of the environment (TEMPORAL_*, the TOML profile), or the settings'. */
export function connectOptions(settings: TemporalSettings) {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const address = connectionOptions.address ?? settings.address ?? 'localhost:7233';
  return {
    connection: { ...connectionOptions, address },
    address,
    namespace: namespace ?? settings.namespace ?? 'default',
  };
}

export async function connectTemporal(settings: TemporalSettings): Promise<TemporalConnection> {
  const { connection: options, address, namespace } = connectOptions(settings);
  const connection = await Connection.connect({ ...options, connectTimeout: '10s' }).catch(
    (error: unknown) => {
      throw new TemporalUnavailable(address, error);
    },
  );
  return {
    client: new Client({
      connection,
      namespace,
      // A workflow that has ended would still answer, with the state it ended in.
      workflow: { queryRejectCondition: 'NOT_OPEN' },
    }),
    address,
    close: () => connection.close(),
  };
}

export function connectionHandle(
  client: Client,
  connection: string,
): WorkflowHandle<typeof connectionWorkflow> {
  return client.workflow.getHandle<typeof connectionWorkflow>(connectionWorkflowId(connection));
}

/**
 * Starts a connection's endless workflow; one that runs already is left as it is (A4).
 * @returns whether it was started now.
 */
export async function startConnection(
  client: Client,
  connection: string,
  options: { pauseMs: number; taskQueue: string },
): Promise<boolean> {
  await ensureSearchAttributes(client);
  try {
    await client.workflow.start<typeof connectionWorkflow>(CONNECTION_WORKFLOW, {
      workflowId: connectionWorkflowId(connection),
      taskQueue: options.taskQueue,
      args: [{ connection, pauseMs: options.pauseMs }],
      staticSummary: `Keeps Salesforce and marketing in step: ${connection}`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: CONNECTION_ATTRIBUTE, value: connection },
      ]),
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/**
 * Starts the workflow of an action whose row is there; one that runs already is left as it is. One that
 * has ended may be started again: it finds in the row that there is nothing left to do.
 */
export async function startAction(
  client: Client,
  input: ActionInput,
  taskQueue: string,
): Promise<void> {
  const { connection, action } = input;
  try {
    await client.workflow.start<typeof actionWorkflow>(ACTION_WORKFLOW, {
      workflowId: actionWorkflowId(connection, action),
      taskQueue,
      args: [input],
      staticSummary: `An action that marketing asks for: ${connection}`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: CONNECTION_ATTRIBUTE, value: connection },
      ]),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Starts the comparison of ids; one that runs already takes up what was asked for (N8). */
export async function startComparison(
  client: Client,
  connection: string,
  taskQueue: string,
): Promise<void> {
  try {
    await client.workflow.start<typeof compareWorkflow>('compare', {
      workflowId: compareWorkflowId(connection),
      taskQueue,
      args: [{ connection, held: false }],
      staticSummary: `Compares the ids on both sides of ${connection}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
