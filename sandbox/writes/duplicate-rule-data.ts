/** One comparison of a matching rule; blank never matches. */
export interface MatchItem {
  /** Of the row being saved. */
  field: string;
  /** Of the rows compared; absent: the field of the same name. */
  of?: string;
  /** Fuzzy: without regard to case, accents, blanks and signs. */
  method?: 'Exact' | 'Fuzzy';
}

/** Which rows of an object are duplicates: those that any of the lists fits, all items of it. */
export interface MatchingRule {
  name: string;
  object: string;
  any: MatchItem[][];
}

/** The duplicate rules that Salesforce ships; the same person or company in the words of its standard matching rules. */
const PERSON: MatchItem[][] = [
  [
    { field: 'FirstName', method: 'Fuzzy' },
    { field: 'LastName', method: 'Fuzzy' },
    { field: 'Email' },
  ],
  [
    { field: 'FirstName', method: 'Fuzzy' },
    { field: 'LastName', method: 'Fuzzy' },
    { field: 'Phone', method: 'Fuzzy' },
  ],
  [{ field: 'LastName', method: 'Fuzzy' }, { field: 'Email' }],
];

const COMPANY: MatchItem[][] = [
  [
    { field: 'Name', method: 'Fuzzy' },
    { field: 'Phone', method: 'Fuzzy' },
  ],
  [
    { field: 'Name', method: 'Fuzzy' },
    { field: 'Website', method: 'Fuzzy' },
  ],
  [
    { field: 'Name', method: 'Fuzzy' },
    { field: 'BillingStreet', method: 'Fuzzy' },
    { field: 'BillingCity', method: 'Fuzzy' },
  ],
];

const of = (object: string): MatchingRule =>
  object === 'Account'
    ? { name: 'Standard_Account_Match_Rule_v1_0', object, any: COMPANY }
    : { name: `Standard_${object}_Match_Rule_v1_1`, object, any: PERSON };

export const STANDARD_RULES: { object: string; label: string; matching: MatchingRule[] }[] = [
  { object: 'Account', label: 'Standard Account Duplicate Rule', matching: [of('Account')] },
  {
    object: 'Contact',
    label: 'Standard Contact Duplicate Rule',
    matching: [of('Contact'), of('Lead')],
  },
  { object: 'Lead', label: 'Standard Lead Duplicate Rule', matching: [of('Lead'), of('Contact')] },
];

export const STANDARD_MESSAGE = 'Use one of these records?';
