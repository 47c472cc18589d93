export { backfill } from './backfill.ts';
export { connection } from './connection.ts';
export { initialLoad } from './initial-load.ts';
