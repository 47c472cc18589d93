/** What people of all kinds have in common, and lists of values that several objects share. */

/** Name of a person: its parts in order, without the salutation. */
export const PERSON_NAME = `concat_ws(' ', "FirstName", "MiddleName", "LastName", "Suffix")`;

export const LEAD_SOURCES = [
  'Advertisement',
  'Employee Referral',
  'External Referral',
  'Partner',
  'Public Relations',
  'Seminar - Internal',
  'Seminar - Partner',
  'Trade Show',
  'Web',
  'Word of mouth',
  'Other',
];

export const INDUSTRIES = (
  'Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|Education|' +
  'Electronics|Energy|Engineering|Entertainment|Environmental|Finance|Food & Beverage|Government|Healthcare|' +
  'Hospitality|Insurance|Machinery|Manufacturing|Media|Not For Profit|Other|Recreation|Retail|Shipping|' +
  'Technology|Telecommunications|Transportation|Utilities'
).split('|');

export const SALUTATIONS = ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'];

export const GEOCODE_ACCURACIES =
  'Address|NearAddress|Block|Street|ExtendedZip|Zip|Neighborhood|City|County|State|Unknown'.split(
    '|',
  );

const restricted = { picklist: GEOCODE_ACCURACIES, restrictedPicklist: true };

/** The accuracy field of each address, by the address's prefix. */
export const geocodeAccuracies = (...prefixes: string[]) =>
  Object.fromEntries(prefixes.map((prefix) => [`${prefix}GeocodeAccuracy`, restricted]));
