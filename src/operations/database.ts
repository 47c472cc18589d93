export { type Database, openDatabase } from '../marketing/database.ts';
export { migrate } from '../marketing/migrate.ts';
