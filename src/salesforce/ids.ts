const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * The 18-character form of a Salesforce id of 15 or 18 characters (trap 16): each group of five
 * letters yields one checksum character, in which letter k counts 2^k when it is upper case.
 */
export function toId18(id: string): string {
  if (id.length !== 15) return id;
  let checksum = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let k = 0; k < 5; k++) {
      if (/[A-Z]/.test(id[group + k]!)) bits |= 1 << k;
    }
    checksum += alphabet[bits];
  }
  return id + checksum;
}

export function isId(text: string): boolean {
  return /^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(text);
}
