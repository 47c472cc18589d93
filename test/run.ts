/**
 * `npm test -- [vitest's arguments]`: every test, the failures readable, and as the last line, alone,
 * how many passed and failed. A file that does not load and an error outside any test count as failed.
 */
import { parseCLI, type Reporter, startVitest, type TestModule } from 'vitest/node';

const counts = { passed: 0, failed: 0 };

const counter: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors) {
    counts.failed += unhandledErrors.length;
    for (const module of modules) {
      const before = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed++;
        if (state === 'failed') counts.failed++;
      }
      if (module.state() === 'failed' && counts.failed === before) counts.failed++;
    }
  },
};

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
let problem: unknown;
try {
  const vitest = await startVitest(filter, {
    ...options,
    watch: false,
    reporters: ['default', counter],
  });
  await vitest.close();
} catch (error) {
  problem = error;
  counts.failed++;
}
if (problem) console.error(problem);
else if (counts.passed + counts.failed === 0) console.error('No test ran.');

const succeeded = counts.failed === 0 && counts.passed > 0;
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`, () => {
  // A handle that a test left open must not keep the run from ending.
  process.exit(succeeded ? 0 : 1);
});
