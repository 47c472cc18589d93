import { malformedId } from '../errors.ts';
import type { Session } from '../org.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import { failed, type RecordResult } from '../writes/types.ts';
import { undeleteRecords } from '../writes/undelete.ts';
import { escapeXml, SoapFault } from './write-xml.ts';

const MOST = 200;

/** `undelete` of the partner API: up to 200 ids of any objects, a result each, in order. */
export async function undelete(org: SandboxOrg, session: Session, ids: string[]): Promise<string> {
  if (ids.length > MOST)
    throw new SoapFault(
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${MOST} records into this call`,
    );
  const results: RecordResult[] = [];
  const context = { org, session, db: org.pool };
  for (const id of ids) {
    const object = org.schema.objectByPrefix((idOfRightShape(id) ?? '').slice(0, 3));
    const [result] =
      object === undefined
        ? [failed(malformedId(id))]
        : await undeleteRecords(context, object, [id]);
    results.push(result!);
  }
  return `<undeleteResponse>${results.map(resultOf).join('')}</undeleteResponse>`;
}

function resultOf({ id, success, errors }: RecordResult): string {
  const problems = errors.map(({ errorCode, message, fields }) => {
    const named = (fields ?? []).map((field) => `<fields>${field}</fields>`).join('');
    const text = escapeXml(message);
    return `<errors>${named}<message>${text}</message><statusCode>${errorCode}</statusCode></errors>`;
  });
  const named = id === null ? '<id xsi:nil="true"/>' : `<id>${id}</id>`;
  return `<result>${problems.join('')}${named}<success>${success}</success></result>`;
}
