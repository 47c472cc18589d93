import { idOfIncorrectType } from '../errors.ts';
import { type ConvertRequest, convertLeads } from '../writes/convert-lead.ts';
import { emptyRecycleBin } from '../writes/empty-recycle-bin.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import { type MergeRequest, mergeRecords } from '../writes/merge.ts';
import { ownId, rawId } from '../writes/update.ts';
import { type SoapCall, writeContextOf } from './call.ts';
import { missingArgument } from './faults.ts';
import { booleanOf } from './headers.ts';
import { all, textOf, textsOf } from './read-envelope.ts';
import { readSObject } from './read-sobject.ts';
import type { XmlElement } from './read-xml.ts';
import { idsIn } from './record-calls.ts';
import { idResult, result } from './write-results.ts';

export async function convertLead(call: SoapCall): Promise<string> {
  const requests = all(call.input, 'leadConverts').map(readConversion);
  const results = await convertLeads(writeContextOf(call), requests);
  return results.map((one) => result(call, { ...one })).join('');
}

function readConversion(sent: XmlElement): ConvertRequest {
  const text = (name: string) => textOf(sent, name) ?? null;
  const flag = (name: string) => booleanOf(textOf(sent, name)) ?? false;
  return {
    leadId: text('leadId') ?? '',
    convertedStatus: text('convertedStatus') ?? '',
    accountId: text('accountId'),
    contactId: text('contactId'),
    opportunityId: text('opportunityId'),
    opportunityName: text('opportunityName'),
    ownerId: text('ownerId'),
    doNotCreateOpportunity: flag('doNotCreateOpportunity'),
    overwriteLeadSource: flag('overwriteLeadSource'),
    sendNotificationEmail: flag('sendNotificationEmail'),
  };
}

/** `request` is the WSDL's name; jsforce says `mergeRequests`. */
export async function merge(call: SoapCall): Promise<string> {
  const sent = [...all(call.input, 'request'), ...all(call.input, 'mergeRequests')];
  const requests = sent.map((one): MergeRequest => {
    const master = all(one, 'masterRecord').at(-1);
    if (master === undefined) throw missingArgument('masterRecord');
    const { object, body } = readSObject(call, master);
    const id = rawId(body);
    if (idOfRightShape(id) !== null && ownId(object, id) === null)
      throw idOfIncorrectType(`${object.label} ID`, 'Id', id);
    return { masterRecord: body, recordToMergeIds: textsOf(one, 'recordToMergeIds') };
  });
  const results = await mergeRecords(writeContextOf(call), requests);
  return results.map((one) => result(call, { ...one })).join('');
}

export async function emptyBin(call: SoapCall): Promise<string> {
  const results = await emptyRecycleBin(writeContextOf(call), idsIn(call));
  return results.map((one) => idResult(call, one)).join('');
}
