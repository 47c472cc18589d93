/**
 * Record ids as Salesforce makes them: three characters of the object, five of the
 * instance, seven of a number in base 62, and three of a checksum over the case of the first fifteen.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const INSTANCE = 'Hp000';
const NUMBER_LENGTH = 7;

/** The 18-character id of row `n` of the objects with this prefix. Ascending in `n`. */
export function makeId(prefix: string, n: number | bigint): string {
  let rest = BigInt(n);
  let digits = '';
  for (let place = 0; place < NUMBER_LENGTH; place++) {
    digits = DIGITS[Number(rest % 62n)]! + digits;
    rest /= 62n;
  }
  const id15 = prefix + INSTANCE + digits;
  return id15 + checksum(id15);
}

/** The last three characters of the 18-character form. */
export function checksum(id15: string): string {
  return [0, 5, 10].map((start) => checkLetter(id15.slice(start, start + 5))).join('');
}

function checkLetter(group: string): string {
  const upperCase = [...group].reduce((sum, c, k) => sum + (c >= 'A' && c <= 'Z' ? 2 ** k : 0), 0);
  return CHECKSUM_LETTERS[upperCase]!;
}

/** The 18-character form of a 15- or 18-character id; null when it is none or its checksum is wrong. */
export function canonicalId(id: string): string | null {
  if (!/^(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{15}[A-Z0-5]{3})$/.test(id)) return null;
  const id18 = id.slice(0, 15) + checksum(id.slice(0, 15));
  return id18.startsWith(id) ? id18 : null;
}

/** `org_meta.make_id(prefix, n)`: makeId in SQL, so that ids can be made for many rows at once. */
export function makeIdFunction(): string {
  const groups = Array.from({ length: 32 }, (_, i) =>
    [0, 1, 2, 3, 4].map((k) => (i >> k) & 1).join(''),
  );
  const digit = (place: number) =>
    `substr('${DIGITS}', (n / ${62n ** BigInt(place)} % 62)::int + 1, 1)`;
  const number = Array.from({ length: NUMBER_LENGTH }, (_, i) => digit(NUMBER_LENGTH - 1 - i));
  const letter = (start: number) =>
    `substr('${CHECKSUM_LETTERS}', strpos('${groups.join(' ')}', substr(cases, ${start}, 5)) / 6 + 1, 1)`;
  return `
    CREATE OR REPLACE FUNCTION org_meta.make_id(prefix text, n bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 20 AS $$
    DECLARE
      id15 constant text := prefix || '${INSTANCE}' || ${number.join(' || ')};
      cases constant text := translate(id15, '${DIGITS}', '${'0'.repeat(10)}${'1'.repeat(26)}${'0'.repeat(26)}');
    BEGIN
      RETURN id15 || ${letter(1)} || ${letter(6)} || ${letter(11)};
    END $$`;
}
