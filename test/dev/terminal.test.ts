import { describe, expect, it } from 'vitest';
import { createTerminal, duration } from '../../src/dev/terminal.ts';

function screen(isTTY: boolean, columns = 20) {
  const written: string[] = [];
  let now = 0;
  const out = { isTTY, columns, write: (text: string) => written.push(text) > 0 };
  const terminal = createTerminal(out as never, () => now);
  return { terminal, written, pass: (ms: number) => (now += ms), text: () => written.join('') };
}

describe('what the starter shows', () => {
  it('redraws the changing lines in place on a terminal, below the lines that stay', () => {
    const { terminal, text } = screen(true);
    terminal.status(['a', 'b']);
    terminal.status(['c', 'd']);
    terminal.line('news');
    terminal.settle();
    terminal.line('after');
    const up = '\x1b[2A\x1b[0J';
    expect(text()).toBe(`a\nb\n${up}c\nd\n${up}news\nc\nd\nafter\n`);
  });

  it('cuts a changing line to the width, since a wrapped one could not be erased', () => {
    const { terminal, text } = screen(true, 10);
    terminal.status(['0123456789abc']);
    expect(text()).toBe('012345678\n');
  });

  it('writes the changing lines now and then where it is no terminal, and at the end', () => {
    const { terminal, text, pass } = screen(false);
    terminal.status(['1']);
    pass(1_000);
    terminal.status(['2']);
    pass(10_000);
    terminal.status(['3']);
    terminal.status(['4']);
    terminal.settle();
    expect(text()).toBe('1\n3\n4\n');
  });

  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [80_000, '1 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('says %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
