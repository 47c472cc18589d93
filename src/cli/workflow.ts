import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { type ConnectionStatus, statusQuery } from '../../workflows/messages.ts';
import { connectionHandle } from '../temporal/client.ts';
import { CommandFailed } from './failures.ts';

/** A worker that is up answers a query within this, also on a busy machine. */
const QUERY_PATIENCE_MS = 5_000;
/** An update waits for the workflow task in flight. */
const UPDATE_PATIENCE_MS = 30_000;

/** The workflow's own word; or why there is none. Throws what is wrong with Temporal itself. */
export async function askStatus(
  client: Client,
  connection: string,
): Promise<{ live: ConnectionStatus } | { live: null; why: string }> {
  try {
    const handle = connectionHandle(client, connection);
    const live = await client.withDeadline(Date.now() + QUERY_PATIENCE_MS, () =>
      handle.query(statusQuery),
    );
    return { live };
  } catch (error) {
    // Rejected: its workflow has ended.
    if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) {
      return { live: null, why: notStarted(connection) };
    }
    if (error instanceof QueryNotRegisteredError || isNoAnswer(error)) {
      return { live: null, why: 'no worker answers; start one with `tandem worker`' };
    }
    throw error;
  }
}

/** Sends an update and gives the workflow's answer. Throws CommandFailed with the workflow's own words when it refuses. */
export async function update<Args extends unknown[]>(
  client: Client,
  connection: string,
  definition: UpdateDefinition<ConnectionStatus, Args>,
  ...args: Args
): Promise<ConnectionStatus> {
  const handle = connectionHandle(client, connection);
  try {
    return await client.withDeadline(Date.now() + UPDATE_PATIENCE_MS, () =>
      // The client's overloads tell updates with and without arguments apart; at run time they are one.
      handle.executeUpdate(definition as unknown as UpdateDefinition<ConnectionStatus, [unknown]>, {
        args: args as unknown as [unknown],
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new CommandFailed(`Refused: ${error.cause?.message ?? error.message}.`);
    }
    if (error instanceof WorkflowNotFoundError)
      throw new CommandFailed(`${notStarted(connection)}.`);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isNoAnswer(error)) {
      throw new CommandFailed(
        'No worker takes the request: start one with `tandem worker`, or see in its log why it cannot; then ask again.',
      );
    }
    throw error;
  }
}

/** The codes of gRPC that matter here. */
export const GRPC = { cancelled: 1, deadlineExceeded: 4, notFound: 5, failedPrecondition: 9 };

/** A workflow that no worker took up in time. */
const NO_ANSWER: unknown[] = [GRPC.cancelled, GRPC.deadlineExceeded, GRPC.failedPrecondition];

function isNoAnswer(error: unknown): boolean {
  return NO_ANSWER.includes(grpcCode(error));
}

/** The gRPC code of an error of the client, which mostly stands in its cause. */
export function grpcCode(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? grpcCode(error.cause) : null;
}

const notStarted = (connection: string) =>
  `connection ${connection} is not running; start it with \`tandem start\``;
