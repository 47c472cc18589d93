import type { OpenCall, SoapCall } from './call.ts';
import {
  describeGlobal,
  describeSObject,
  describeSObjects,
  getDeleted,
  getUpdated,
} from './describe-calls.ts';
import { resetPassword, setPassword } from './password-calls.ts';
import { convertLead, emptyBin, merge } from './people-calls.ts';
import { query, queryAll, queryMore, retrieve } from './query-calls.ts';
import { create, deleteCall, undelete, update, upsert } from './record-calls.ts';
import {
  getServerTimestamp,
  getUserInfo,
  invalidateSessions,
  login,
  logout,
} from './session-calls.ts';

/** A call that needs no session. Runs give the content of the answer's own element. */
interface OpenOperation {
  kind: 'login';
  run(call: OpenCall): Promise<string>;
}

interface Operation {
  /** What the call does to records; `page` is a read whose answer may break off in the middle. */
  kind: 'write' | 'page' | 'read';
  /** Open to sessions whose password has expired, too. */
  renewsPassword?: true;
  run(call: SoapCall): Promise<string>;
}

/** Every call that there is, by name. */
const CALLS = new Map<string, Operation | OpenOperation>([
  ['login', { kind: 'login', run: login }],
  ['logout', { kind: 'read', renewsPassword: true, run: logout }],
  ['invalidateSessions', { kind: 'read', run: invalidateSessions }],
  ['getUserInfo', { kind: 'read', run: getUserInfo }],
  ['getServerTimestamp', { kind: 'read', run: getServerTimestamp }],
  ['create', { kind: 'write', run: create }],
  ['update', { kind: 'write', run: update }],
  ['upsert', { kind: 'write', run: upsert }],
  ['delete', { kind: 'write', run: deleteCall }],
  ['undelete', { kind: 'write', run: undelete }],
  ['emptyRecycleBin', { kind: 'write', run: emptyBin }],
  ['convertLead', { kind: 'write', run: convertLead }],
  ['merge', { kind: 'write', run: merge }],
  ['setPassword', { kind: 'read', renewsPassword: true, run: setPassword }],
  ['resetPassword', { kind: 'read', run: resetPassword }],
  ['query', { kind: 'page', run: query }],
  ['queryAll', { kind: 'page', run: queryAll }],
  ['queryMore', { kind: 'page', run: queryMore }],
  ['retrieve', { kind: 'read', run: retrieve }],
  ['describeGlobal', { kind: 'read', run: describeGlobal }],
  ['describeSObject', { kind: 'read', run: describeSObject }],
  ['describeSObjects', { kind: 'read', run: describeSObjects }],
  ['getUpdated', { kind: 'read', run: getUpdated }],
  ['getDeleted', { kind: 'read', run: getDeleted }],
]);

/** The call of this name, which is case-sensitive. */
export const operationNamed = (name: string) => CALLS.get(name);
