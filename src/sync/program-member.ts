import { type Conflict, mergeField } from './merge.ts';
import type { ConflictRule } from './objects.ts';
import { type ChannelStatus, isLower } from './program-status.ts';

/** A status, or null where there is no member. */
export type Membership = string | null;

export interface MemberSides {
  /** The statuses before each local change not yet pushed, oldest first; at least one. */
  olds: readonly Membership[];
  marketing: Membership;
  salesforce: Membership;
  rule: ConflictRule;
  /** When each side last changed it; ISO 8601 in UTC. */
  times: { marketing: string; salesforce: string };
  statuses: readonly ChannelStatus[];
}

export type MemberWrite = 'none' | 'add' | 'change' | 'remove';

export interface MemberDecision {
  /** What Salesforce has to get; `none` when it has it already, or its own stands. */
  write: MemberWrite;
  /** What both sides shall hold in the end. */
  status: Membership;
  conflict: Conflict | null;
}

/**
 * What becomes of a member that was added, changed or removed here (rule E3): the three-way merge, in which
 * "no member" is a value like any status. What marketing wins still moves nobody to a lower step (rule E7).
 */
export function decideMember(sides: MemberSides): MemberDecision {
  const { olds, marketing, salesforce, rule, times, statuses } = sides;
  // What marketing held in between and Salesforce holds now is what both agreed on last: an earlier push
  // arrived, and its answer was lost (rule N1).
  const base = olds.includes(salesforce) ? salesforce : (olds[0] ?? null);
  const merged = mergeField({ base, salesforce, marketing, direction: 'both', rule, times });
  const refused =
    merged.push &&
    marketing !== null &&
    salesforce !== null &&
    isLower(statuses, salesforce, marketing);
  const status = refused ? salesforce : merged.value;
  const conflict =
    refused && merged.conflict !== null
      ? { ...merged.conflict, winner: 'salesforce' as const }
      : merged.conflict;
  return {
    write: merged.push && !refused ? writeOf(salesforce, marketing) : 'none',
    status,
    conflict,
  };
}

function writeOf(salesforce: Membership, marketing: Membership): MemberWrite {
  if (marketing === null) return 'remove';
  return salesforce === null ? 'add' : 'change';
}
