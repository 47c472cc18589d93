import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/** Below the range that systems hand out to outgoing connections, so that a port kept for later stays free. */
const FROM = 20_000;
const TO = 30_000;

/** A free port on loopback: `wanted` when it is free, so that addresses stay the same across restarts. */
export function freePort(wanted?: number): Promise<number> {
  const candidates = Array.from({ length: 50 }, () => randomInt(FROM, TO));
  return getPort({
    host: '127.0.0.1',
    port: wanted === undefined ? candidates : [wanted, ...candidates],
  });
}
