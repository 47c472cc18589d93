import { invalidInput, jsonParserError, type SalesforceError } from '../errors.ts';
import { referencesIn } from './composite-references.ts';
import { type Part, readParts, resourceOf } from './composite-request.ts';

export interface Graph {
  graphId: string;
  parts: Part[];
}

const MOST_GRAPHS = 75;
const MOST_NODES = 500;
const DEEPEST = 15;
/** Nodes differ when the method, the version or the object of their URLs does. */
const MOST_KINDS = 15;
const OLDEST_VERSION = 50;
const NODE =
  /^\/services\/data\/v(\d+)\.0\/sobjects\/([^/?]+)(?:\/[^/?]+(?:\/[^/?]+)?)?\/?(?:\?.*)?$/i;

/** Reads and checks the body of `composite/graph`; throws 400 for one that cannot be run at all. */
export function readGraphs(body: unknown, version: number): Graph[] {
  if (body === undefined || body === null)
    throw jsonParserError('The HTTP entity body is required, but this request has no entity body.');
  const { graphs } = Object(body) as { graphs?: unknown };
  if (!Array.isArray(graphs) || graphs.length === 0)
    throw invalidInput('graphs is required and lists the graphs');
  if (graphs.length > MOST_GRAPHS)
    throw invalidInput(`Only ${MOST_GRAPHS} graphs are allowed in a request`);
  const read = graphs.map((graph) => readGraph(graph, version));
  const ids = new Set(read.map(({ graphId }) => graphId));
  if (ids.size < read.length) throw invalidInput('Each graphId must be unique in the request');
  const nodes = read.flatMap(({ parts }) => parts);
  if (nodes.length > MOST_NODES)
    throw invalidInput(`Only ${MOST_NODES} nodes are allowed in a request`);
  const kinds = new Set(nodes.map(kindOf));
  if (kinds.size > MOST_KINDS)
    throw invalidInput(`Only ${MOST_KINDS} different nodes are allowed in a request`);
  return read;
}

function readGraph(given: unknown, version: number): Graph {
  const { graphId, compositeRequest } = Object(given) as Record<string, unknown>;
  if (typeof graphId !== 'string' || !/^[A-Za-z0-9][^.]{0,39}$/.test(graphId))
    throw invalidInput(
      'Each graph needs a graphId that begins with a letter or a number, holds no period and has at most 40 characters',
    );
  if (!Array.isArray(compositeRequest) || compositeRequest.length === 0)
    throw invalidInput(`compositeRequest is required and lists the nodes of the graph ${graphId}`);
  const parts = readParts(compositeRequest, version);
  for (const part of parts) refuseElsewhere(part);
  return { graphId, parts: inOrderOfReferences(parts, graphId) };
}

/** A graph takes records alone: of an object, by id or by external id. */
function refuseElsewhere({ url, referenceId }: Part): void {
  const version = NODE.exec(url)?.[1];
  if (version === undefined || /\/describe\/?$/i.test(resourceOf(url)))
    throw invalidInput(`The url of ${referenceId} is not supported in a graph`);
  if (Number(version) < OLDEST_VERSION)
    throw invalidInput(`The url of ${referenceId} must be of version ${OLDEST_VERSION}.0 or later`);
}

function kindOf({ method, url }: Part): string {
  const [, version = '', object = ''] = NODE.exec(url) ?? [];
  return `${method} ${version} ${object.toLowerCase()}`;
}

/** The nodes with each behind those it refers to, and otherwise in the order given. */
function inOrderOfReferences(parts: Part[], graphId: string): Part[] {
  const byId = new Map(parts.map((part) => [part.referenceId, part]));
  const depths = new Map<Part, number>();
  const ordered: Part[] = [];
  const visit = (part: Part, above: Set<Part>): number => {
    const known = depths.get(part);
    if (known !== undefined) return known;
    if (above.has(part)) throw circular(graphId);
    const needed = [...referencesIn(JSON.stringify([part.url, part.body]))]
      .map((id) => byId.get(id))
      .filter((one) => one !== undefined);
    const depth = 1 + Math.max(0, ...needed.map((one) => visit(one, new Set([...above, part]))));
    if (depth > DEEPEST)
      throw invalidInput(`The graph ${graphId} is deeper than the ${DEEPEST} levels allowed`);
    depths.set(part, depth);
    ordered.push(part);
    return depth;
  };
  for (const part of parts) visit(part, new Set());
  return ordered;
}

const circular = (graphId: string): SalesforceError =>
  invalidInput(`The nodes of the graph ${graphId} refer to each other in a circle`);
