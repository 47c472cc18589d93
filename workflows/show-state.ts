import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { CONNECTION_ATTRIBUTE, ORG_ATTRIBUTE, STATE_ATTRIBUTE } from './search-attributes.ts';
import { type State, shownReason, shownState } from './state.ts';

/** Search attributes and current details: where the connection is and why, in the Web UI (K7). */
export function showState(connection: string, state: State): void {
  const shown = shownState(state);
  const attributes = workflowInfo().typedSearchAttributes;
  if (
    attributes.get(STATE_ATTRIBUTE) !== shown ||
    (state.orgId !== null && attributes.get(ORG_ATTRIBUTE) !== state.orgId)
  ) {
    upsertSearchAttributes([
      { key: CONNECTION_ATTRIBUTE, value: connection },
      { key: STATE_ATTRIBUTE, value: shown },
      { key: ORG_ATTRIBUTE, value: state.orgId },
    ]);
  }
  setCurrentDetails(details(state));
}

function details(state: State): string {
  const lines = [`**${shownState(state)}**`];
  const reason = shownReason(state);
  if (reason !== null) lines.push(reason);
  if (state.until !== null && state.pause === null) {
    lines.push(`Goes on by itself at ${new Date(state.until).toISOString()}`);
  }
  const last = state.lastCycle;
  if (last !== null) {
    const seconds = ((last.endedAt - last.startedAt) / 1000).toFixed(1);
    const ended = new Date(last.endedAt).toISOString();
    lines.push(`Last cycle: ${last.cycle}, ${last.status}, ended ${ended} after ${seconds} s`);
  }
  return lines.join('\n\n');
}
