import { condition, setHandler } from '@temporalio/workflow';
import { holdSignal, releaseSignal } from './messages.ts';

/** Whether a pause holds work beside the cycles: told by the connection, and carried from run to run. */
export interface Hold {
  held(): boolean;
  /** Resolves when no pause holds. */
  released(): Promise<void>;
}

/** Listens for hold and release; to be called before anything is awaited. */
export function listenForHold(held: boolean): Hold {
  setHandler(holdSignal, () => {
    held = true;
  });
  setHandler(releaseSignal, () => {
    held = false;
  });
  return { held: () => held, released: () => condition(() => !held) };
}
