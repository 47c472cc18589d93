import { expect, it } from 'vitest';
import type { Endpoints } from '../../src/dev/endpoints.ts';
import { dataFolder } from '../../src/dev/folder.ts';
import { parseOptions } from '../../src/dev/options.ts';
import { welcome } from '../../src/dev/welcome.ts';

const NOTHING_OURS: Endpoints = {
  connection: 'default',
  salesforce: null,
  database: null,
  temporal: null,
  web: null,
  pids: { main: 1, worker: [], postgres: null, temporal: null, sandbox: null },
};

function shown(argv: string[], endpoints: Partial<Endpoints> = {}): string {
  const options = parseOptions(argv);
  const lines = welcome(options, dataFolder(options.data), { ...NOTHING_OURS, ...endpoints });
  return lines.join('\n');
}

it('the commands shown work as they are pasted, whatever the folder is called', () => {
  const text = shown(['--data', "it's here", '--config', 'a.yaml'], { database: { url: 'pg:x' } });
  expect(text).toContain("npm run -s tandem -- status --data 'it'\\''s here' --config a.yaml");
  expect(text).toContain("npm run -s edit -- marketing --data 'it'\\''s here'");
  expect(shown([])).toContain('npm run -s tandem -- status\n');
});

it('says of each part that is not ours where it comes from, and offers no edit there', () => {
  const text = shown([]);
  for (const variable of ['TEMPORAL_ADDRESS', 'DATABASE_URL', 'SALESFORCE_*']) {
    expect(text).toContain(`your own (${variable})`);
  }
  expect(text).not.toContain('edit');
});

it('with --no-sync says how to begin', () => {
  const text = shown(['--no-sync']);
  expect(text).toContain('npm run -s tandem -- worker');
  expect(text).toContain('npm run -s tandem -- start');
});
