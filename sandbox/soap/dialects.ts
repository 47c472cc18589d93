/** The two APIs: partner, whose sObjects are generic, and enterprise, whose sObjects have types of their own. */
export interface Dialect {
  name: 'partner' | 'enterprise';
  /** In the path: `/services/Soap/u/60.0`. */
  letter: 'u' | 'c';
  /** Of calls, headers and results. */
  namespace: string;
  sObjects: string;
  faults: string;
}

const dialect = (name: Dialect['name'], letter: Dialect['letter']): Dialect => ({
  name,
  letter,
  namespace: `urn:${name}.soap.sforce.com`,
  sObjects: `urn:sobject.${name}.soap.sforce.com`,
  faults: `urn:fault.${name}.soap.sforce.com`,
});

export const PARTNER = dialect('partner', 'u');
const ENTERPRISE = dialect('enterprise', 'c');

/** By the letter in the path, in any case. */
export const dialectOf = (letter: string): Dialect | undefined =>
  [PARTNER, ENTERPRISE].find((one) => one.letter === letter.toLowerCase());
