import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** How many rules each letter has. */
const RULES = {
  A: 7,
  B: 1,
  C: 14,
  D: 3,
  E: 7,
  F: 3,
  G: 2,
  H: 2,
  I: 9,
  J: 6,
  K: 7,
  L: 5,
  M: 2,
  N: 8,
};
const IDS = Object.entries(RULES).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);
const LATER = 'later';

interface Rule {
  id: string;
  text: string;
  where: string;
  proof: string;
}

/** Rows of the table in docs/rules.md, in whatever order they stand. */
const rows: Rule[] = readFileSync('docs/rules.md', 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, id]) => /^[A-N]\d+$/.test(id ?? ''))
  .map(([, id, text, where, proof]) => ({
    id: id!,
    text: text ?? '',
    where: where ?? '',
    proof: proof ?? '',
  }));

const filesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, file]) => file!);

/** Rules that names of tests in the file cite: `C9, trap 8: what happens`, also after a semicolon. */
const CITED = /['"`;]\s?((?:(?:[A-N]\d{1,2}|trap \d+)(?:, | and )?)+):\s/g;
function citedIn(file: string): Set<string> {
  const names = [...readFileSync(file, 'utf8').matchAll(CITED)].map(([, ids]) => ids!);
  return new Set(names.flatMap((ids) => ids.match(/\b[A-N]\d{1,2}\b/g) ?? []));
}

describe('docs/rules.md', () => {
  it('has one row for each rule, and none for anything else', () => {
    expect(rows.map(({ id }) => id).sort()).toEqual([...IDS].sort());
  });

  const built = rows.filter(({ where, proof }) => where !== LATER && proof !== LATER);

  it.each(built)('$id: every file that is named is there', ({ id, text, where, proof }) => {
    expect(text, `${id} says what the rule is`).not.toBe('');
    expect(filesIn(where), `${id} names where it is implemented`).not.toEqual([]);
    expect(filesIn(proof), `${id} names what proves it`).not.toEqual([]);
    const missing = [...filesIn(where), ...filesIn(proof)].filter((file) => !existsSync(file));
    expect(missing).toEqual([]);
  });

  it.each(built)('$id: every proof has a test whose name cites it', ({ id, proof }) => {
    const silent = filesIn(proof).filter((file) => existsSync(file) && !citedIn(file).has(id));
    expect(silent).toEqual([]);
  });

  it('says later of a rule as a whole, and only of those that no test proves', () => {
    const late = rows.filter(({ where, proof }) => where === LATER || proof === LATER);
    const half = late.filter(({ where, proof }) => where !== proof).map(({ id }) => id);
    expect(half).toEqual([]);
    const cited = new Map(
      globSync('test/**/*.test.ts', { exclude: ['test/sandbox/**'] }).map(
        (file) => [file, citedIn(file)] as const,
      ),
    );
    const proved = late.flatMap(({ id }) =>
      [...cited].filter(([, ids]) => ids.has(id)).map(([file]) => `${id}: ${file}`),
    );
    expect(proved).toEqual([]);
  });
});
