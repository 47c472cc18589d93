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

const GEOCODE_ACCURACIES =
  'Address|NearAddress|Block|Street|ExtendedZip|Zip|Neighborhood|City|County|State|Unknown'.split(
    '|',
  );

const restricted = { picklist: GEOCODE_ACCURACIES, restrictedPicklist: true };

/** The accuracy field of each address, by the address's prefix. */
export const geocodeAccuracies = (...prefixes: string[]) =>
  Object.fromEntries(prefixes.map((prefix) => [`${prefix}GeocodeAccuracy`, restricted]));

/** A part of Salesforce's hundreds, from all continents. */
export const TIME_ZONES = (
  'Pacific/Auckland|Australia/Sydney|Australia/Brisbane|Asia/Tokyo|Asia/Seoul|Asia/Shanghai|Asia/Hong_Kong|' +
  'Asia/Singapore|Asia/Bangkok|Asia/Ho_Chi_Minh|Asia/Kolkata|Asia/Dubai|Asia/Riyadh|Asia/Jerusalem|' +
  'Europe/Moscow|Europe/Istanbul|Europe/Athens|Africa/Cairo|Africa/Johannesburg|Europe/Berlin|Europe/Paris|' +
  'Europe/Madrid|Europe/Prague|Europe/Zurich|Europe/London|Europe/Lisbon|GMT|America/Sao_Paulo|' +
  'America/Argentina/Buenos_Aires|America/Halifax|America/New_York|America/Bogota|America/Chicago|' +
  'America/Mexico_City|America/Denver|America/Phoenix|America/Los_Angeles|America/Anchorage|Pacific/Honolulu'
).split('|');

/** A part of Salesforce's hundreds. */
export const LOCALES = (
  'en_US|en_GB|en_AU|en_CA|en_IE|en_IN|de_DE|de_AT|de_CH|fr_FR|fr_CA|fr_CH|es_ES|es_MX|it_IT|pt_BR|pt_PT|' +
  'nl_NL|da_DK|sv_SE|no_NO|fi_FI|pl_PL|cs_CZ|el_GR|ru_RU|tr_TR|ar_AE|ar_EG|he_IL|ja_JP|ko_KR|zh_CN|zh_TW|th_TH|vi_VN'
).split('|');
