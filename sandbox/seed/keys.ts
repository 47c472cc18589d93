/**
 * All choices for a row are drawn from its key. Each object's keys are moved out of the range of the
 * leads', which are their numbers.
 */
export const CONTACT_KEYS = 1_000_000_000;
export const ACCOUNT_KEYS = 2_000_000_000;
export const CAMPAIGN_KEYS = 3_000_000_000;
export const OPPORTUNITY_KEYS = 4_000_000_000;
export const WAREHOUSE_KEYS = 5_000_000_000;
