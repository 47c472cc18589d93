import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LiveSettings } from '../../src/config/live-settings.ts';
import { loadConfig } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const env = {
  SALESFORCE_USERNAME: 'sync@example.com',
  SALESFORCE_PASSWORD: 'hunter2-password',
  DATABASE_URL: 'postgres://sync:hunter2-db@db/marketing',
};

function started(yaml: string) {
  const file = join(folder, `${Math.random()}.yaml`);
  const write = (text: string) => writeFileSync(file, text);
  write(yaml);
  const source = { env, file };
  return { settings: new LiveSettings(loadConfig(source), source), write };
}

it('G2: a custom object written into tandem.yaml is enabled without a restart', () => {
  const { settings, write } = started('pause: 1m\n');
  expect(settings.of('default').objects.Subscription__c).toBeUndefined();
  write('pause: 1m\nobjects:\n  Subscription__c: {}\n');
  expect(settings.of('default').objects.Subscription__c?.enabled).toBe(true);
  expect(settings.problem()).toBeNull();
});

it('a file that became wrong leaves the settings before it in force, and says so with its line', () => {
  const { settings, write } = started('pause: 1m\n');
  write('pause: 2m\nobjects:\n  Lead: {conflict: nobody}\n');
  expect(settings.of('default').pauseMs).toBe(60_000);
  expect(settings.problem()).toMatch(/before the last change.*:3/s);
  write('pause: 2m\n');
  expect(settings.of('default').pauseMs).toBe(120_000);
  expect(settings.problem()).toBeNull();
});

it('L4: what is read again hides its secrets, and keeps the sides that are open', () => {
  const { settings, write } = started('');
  write('pause: 2m\nsalesforce: {apiVersion: "60.0"}\n');
  const config = settings.of('default');
  expect(JSON.stringify(config)).not.toContain('hunter2');
  expect(config.apiVersion).toBe('62.0');
});
