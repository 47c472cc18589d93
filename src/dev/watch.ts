import type { Config } from '../config.ts';
import type { Terminal } from './terminal.ts';

export async function watchConnections(_c: Config, _t: Terminal, _s: AbortSignal): Promise<void> {}
