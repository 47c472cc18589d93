import { describe, expect, it } from 'vitest';
import { parseOptions, WrongUse } from '../../src/dev/options.ts';

describe('arguments of npm start', () => {
  it('have the defaults of the contract', () => {
    expect(parseOptions([])).toEqual({
      data: '.tandem',
      people: null,
      pauseMs: null,
      config: undefined,
      fresh: false,
      sync: true,
      web: true,
    });
  });

  it('are all read', () => {
    const argv = ['--data', '/x y', '--people=0', '--pause', '1.5s', '--config', 'a.yaml'];
    expect(parseOptions([...argv, '--fresh', '--no-sync', '--no-web'])).toEqual({
      data: '/x y',
      people: 0,
      pauseMs: 1_500,
      config: 'a.yaml',
      fresh: true,
      sync: false,
      web: false,
    });
  });

  it.each([
    [['--poeple', '5'], '--poeple'],
    [['start'], 'start'],
    [['--data'], '--data'],
    [['--data', ''], '--data is empty'],
    [['--people', '-1'], '--people'],
    [['--people', '1e3'], '--people 1e3'],
    [['--people', '1000001'], '--people 1000001'],
    [['--pause', '5'], '--pause 5'],
    [['--pause', '10ms'], '--pause 10ms'],
    [['--pause', '2d'], '--pause 2d'],
    [['--fresh=yes'], '--fresh'],
  ])('%j is refused, and the message names %s', (argv, named) => {
    expect(() => parseOptions(argv)).toThrow(WrongUse);
    expect(() => parseOptions(argv)).toThrow(named);
  });
});
