import { WorkflowNotFoundError } from '@temporalio/client';
import type { Command } from 'commander';
import { connectionWorkflowId } from '../../../workflows/messages.ts';
import { type CommonOptions, type Context, command, withContext } from '../command.ts';
import { CommandFailed, oneLine } from '../failures.ts';
import type { Io } from '../io.ts';
import { GRPC, grpcCode } from '../workflow.ts';

export function replayCommand(io: Io): Command {
  return command('replay', "replay a workflow's history on today's code: is it deterministic?")
    .argument('[workflow-id]', "default: the connection's workflow")
    .option('--run <id>', 'one run of it (default: the last)')
    .action((workflowId: string | undefined, options: CommonOptions & { run?: string }) =>
      withContext(options, io, [], async (context) => {
        const id = workflowId ?? connectionWorkflowId(context.connection.name);
        const result = await replay(context, id, options.run);
        context.print(result, () =>
          result.deterministic ? `${id}: ${result.events} events, deterministic.\n` : '',
        );
        if (!result.deterministic) {
          throw new CommandFailed(
            `${id}: not deterministic on today's code: ${result.reason}. Guard the change with patched(), or run the code that made this history.`,
          );
        }
      }),
    );
}

async function replay(context: Context, workflowId: string, runId: string | undefined) {
  const { client } = await context.temporal();
  const handle = client.workflow.getHandle(workflowId, runId);
  const history = await handle.fetchHistory().catch((error: unknown) => {
    // Where it is in the client's words, and where in gRPC's.
    if (!(error instanceof WorkflowNotFoundError) && grpcCode(error) !== GRPC.notFound) throw error;
    throw new CommandFailed(
      `Temporal knows no workflow ${workflowId}: check the id, or start the connection with \`tandem start\`.`,
    );
  });
  const events = history.events?.length ?? 0;
  // Loaded when they are needed: the other commands start without the worker's native code.
  const { DefaultLogger, Runtime, Worker } = await import('@temporalio/worker');
  const { workflowBundle } = await import('../../temporal/bundle.ts');
  // The result says what the SDK would log.
  const logger = new DefaultLogger('ERROR', () => {});
  // Without forwarding the native side would print on stdout.
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'error' } } });
  try {
    await Worker.runReplayHistory(
      { workflowBundle: await workflowBundle(logger) },
      history,
      workflowId,
    );
    return { workflowId, events, deterministic: true, reason: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!['DeterminismViolationError', 'ReplayError'].includes(error.name)) throw error;
    return { workflowId, events, deterministic: false, reason: oneLine(error.message) };
  }
}
