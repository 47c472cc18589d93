export { action } from './action.ts';
export { backfill } from './backfill.ts';
export { compare } from './compare.ts';
export { connection } from './connection.ts';
export { initialLoad } from './initial-load.ts';
