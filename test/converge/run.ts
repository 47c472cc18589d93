/** `npm run converge -- --seeds N --from K`: N random histories from the Kth on; a failing one is printed with its steps. */
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '1' },
  },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || from < 0) {
  console.error('Usage: npm run converge -- --seeds N --from K, two whole numbers.');
  process.exit(2);
}
process.env.TANDEM_CONVERGE_SEEDS = String(seeds);
process.env.TANDEM_CONVERGE_FROM = String(from);

const vitest = await startVitest(['test/converge/'], { watch: false, reporters: ['default'] });
await vitest.close();
// A handle that a test left open must not keep the run from ending.
process.exit(process.exitCode ?? 0);
