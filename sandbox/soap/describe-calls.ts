import { describedOnlyNamed } from '../objects/described-only.ts';
import { askRest, type Json, type JsonObject, Spelt } from './ask-rest.ts';
import type { SoapCall } from './call.ts';
import { type DescribeType, type Part, SHAPES } from './describe-shapes.ts';
import { missingArgument, notOfType, SoapFault } from './faults.ts';
import { textOf as childText, textsOf } from './read-envelope.ts';
import { objectNamed } from './read-sobject.ts';
import type { XmlElement } from './read-xml.ts';
import { soapText, textOf } from './write-sobject.ts';
import { element, escapeXml, nil } from './write-xml.ts';

/** Objects of one describeSObjects. */
const MOST = 100;

export async function describeGlobal(call: SoapCall): Promise<string> {
  return described('result', 'DescribeGlobalResult', await askRest(call, { path: 'sobjects' }));
}

export const describeSObject = (call: SoapCall) =>
  describeOne(call, childText(call.input, 'sObjectType') ?? '');

export async function describeSObjects(call: SoapCall): Promise<string> {
  const names = textsOf(call.input, 'sObjectType');
  if (names.length > MOST)
    throw new SoapFault('LIMIT_EXCEEDED', `cannot describe more than ${MOST} objects in one call`);
  const answers: string[] = [];
  for (const name of names) answers.push(await describeOne(call, name));
  return answers.join('');
}

async function describeOne(call: SoapCall, name: string): Promise<string> {
  const object = describedOnlyNamed(name) ?? objectNamed(call, name);
  const { urls, ...found } = await askRest(call, { path: `sobjects/${object.name}/describe` });
  const { uiDetailTemplate, uiEditTemplate, uiNewRecord } = (urls ?? {}) as JsonObject;
  const links = { urlDetail: uiDetailTemplate, urlEdit: uiEditTemplate, urlNew: uiNewRecord };
  return described('result', 'DescribeSObjectResult', { ...found, ...links } as JsonObject);
}

export const getUpdated = (call: SoapCall) => replicated(call, 'updated', 'GetUpdatedResult');
export const getDeleted = (call: SoapCall) => replicated(call, 'deleted', 'GetDeletedResult');

async function replicated(call: SoapCall, resource: string, type: DescribeType): Promise<string> {
  const { input } = call;
  const object = objectNamed(call, childText(input, 'sObjectType') ?? '');
  const start = momentIn(input, 'startDate');
  const end = momentIn(input, 'endDate');
  const window = new URLSearchParams({ start, end });
  const found = await askRest(call, { path: `sobjects/${object.name}/${resource}?${window}` });
  return described('result', type, found);
}

/** A time in the form that REST takes; SOAP allows an offset and fractions of seconds of any length. */
function momentIn(input: XmlElement, name: string): string {
  const text = childText(input, name);
  if (text === undefined) throw missingArgument(name);
  const isDateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(text);
  const time = isDateTime ? Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`) : NaN;
  if (Number.isNaN(time)) throw notOfType(text, 'xsd:dateTime');
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** What REST describes, with the parts that the WSDL has. What is null is left out, where it may be. */
function described(tag: string, type: DescribeType, value: JsonObject): string {
  const parts = SHAPES[type].map(([name, kind]) => part(name, kind, value[name] ?? null));
  return `<${tag}>${parts.join('')}</${tag}>`;
}

function part(name: string, kind: Part, value: Json): string {
  if (typeof kind === 'object' && 'always' in kind) return element(name, kind.always);
  if (value === null) return kind === 'nil' ? nil(name) : '';
  if (kind === 'any') return anyType(name, value);
  return [value]
    .flat()
    .map((one) =>
      typeof kind === 'object'
        ? described(name, kind.type, one as JsonObject)
        : element(name, soapText(textOf(one))),
    )
    .join('');
}

/** A default value says which type it is of. */
function anyType(name: string, value: Json): string {
  const type =
    typeof value === 'boolean' ? 'boolean' : value instanceof Spelt ? 'double' : 'string';
  return `<${name} xsi:type="xsd:${type}">${escapeXml(textOf(value))}</${name}>`;
}
