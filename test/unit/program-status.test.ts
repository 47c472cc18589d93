import { describe, expect, it } from 'vitest';
import { decideMember, type Membership } from '../../src/sync/program-member.ts';
import {
  type CampaignStatus,
  type ChannelStatus,
  isLower,
  lackingStatuses,
  matchStatuses,
  planStatuses,
  statusRefusal,
} from '../../src/sync/program-status.ts';

const STATUSES: ChannelStatus[] = [
  { name: 'Invited', step: 1, success: false },
  { name: 'Registered', step: 2, success: false },
  { name: 'Waitlisted', step: 2, success: false },
  { name: 'Attended', step: 3, success: true },
];

describe('the step of a status (E7)', () => {
  it.each([
    ['Registered', 'Invited', true],
    ['Attended', 'Registered', true],
    ['Invited', 'Attended', false],
    ['Registered', 'Waitlisted', false],
    ['Waitlisted', 'Registered', false],
    ['Invited', 'Invited', false],
    ['Attended', 'Set by Salesforce', false],
    ['Set by Salesforce', 'Invited', false],
  ])('E7: from %s to %s is lower: %s', (from, to, lower) => {
    expect(isLower(STATUSES, from, to)).toBe(lower);
  });
});

describe('matching two sets of statuses (E4)', () => {
  it('E4: the same names in any order match', () => {
    const match = matchStatuses(['A', 'B'], ['B', 'A']);
    expect(match).toEqual({ missingInCampaign: [], missingInChannel: [] });
    expect(statusRefusal('Webinar', match)).toBeNull();
  });

  it('E4: what is missing is listed for each side, and case counts', () => {
    const match = matchStatuses(['Sent', 'Opened'], ['sent', 'Opened', 'Bounced']);
    expect(match).toEqual({ missingInCampaign: ['Sent'], missingInChannel: ['sent', 'Bounced'] });
    expect(statusRefusal('Email', match)).toBe(
      'The statuses of the two do not match: the campaign lacks "Sent"; the channel Email lacks "sent", "Bounced". ' +
        'Nothing was changed. Make them the same on either side, then the link is tried again.',
    );
  });
});

describe('the statuses of a campaign made for a program (E1)', () => {
  const NEW: CampaignStatus[] = [
    { id: '1', label: 'Sent', isDefault: true, hasResponded: false },
    { id: '2', label: 'Responded', isDefault: false, hasResponded: true },
  ];
  const apply = (statuses: CampaignStatus[], channel: ChannelStatus[]): CampaignStatus[] => {
    const { create, update, remove } = planStatuses(channel, statuses);
    const made = create.map((fields, index) => ({ id: `new ${index}`, ...fields }));
    const changed = new Map(update.map((fields) => [fields.Id, fields]));
    const kept = statuses
      .filter(({ id }) => !remove.includes(id))
      .map(({ id, label, isDefault, hasResponded }) => {
        const to = changed.get(id);
        return {
          ...{ id, Label: to?.Label ?? label, HasResponded: to?.HasResponded ?? hasResponded },
          IsDefault: to?.IsDefault ?? isDefault,
        };
      });
    return [...kept, ...made].map(({ id, Label, IsDefault, HasResponded }) => ({
      ...{ id, label: Label, isDefault: IsDefault, hasResponded: HasResponded },
    }));
  };

  it.each([
    ['four', STATUSES],
    ['one', STATUSES.slice(3)],
    ['none of which is a success', STATUSES.slice(0, 2)],
    ['one that a new campaign has', [{ name: 'responded', step: 1, success: true }, ...STATUSES]],
  ])('E1, N6: statuses become those of a channel with %s, and then need nothing', (_, channel) => {
    const after = apply(NEW, channel);
    expect(after.map(({ label }) => label).toSorted()).toEqual(
      channel.map(({ name }) => name).toSorted(),
    );
    expect(after.some(({ hasResponded }) => hasResponded)).toBe(true);
    expect(after.filter(({ isDefault }) => isDefault).length).toBeGreaterThan(0);
    expect(planStatuses(channel, after)).toEqual({ create: [], update: [], remove: [] });
  });

  it('B: a linked campaign gets what it lacks, and nothing of it is touched', () => {
    expect(lackingStatuses(STATUSES.slice(0, 2), [{ ...NEW[0]!, label: 'invited' }])).toEqual([
      { Label: 'Registered', IsDefault: false, HasResponded: true },
    ]);
  });
});

describe('a member that was changed here (E3)', () => {
  const EARLY = '2026-01-01T00:00:00.000Z';
  const LATE = '2026-01-02T00:00:00.000Z';
  const decide = (
    olds: Membership[],
    marketing: Membership,
    salesforce: Membership,
    later: 'marketing' | 'salesforce' = 'marketing',
  ) =>
    decideMember({
      ...{ olds, marketing, salesforce, rule: 'latest', statuses: STATUSES },
      times: {
        marketing: later === 'marketing' ? LATE : EARLY,
        salesforce: later === 'marketing' ? EARLY : LATE,
      },
    });

  it.each<[string, Membership[], Membership, Membership, string, Membership]>([
    ['added here', [null], 'Invited', null, 'add', 'Invited'],
    ['added on both sides', [null], 'Invited', 'Invited', 'none', 'Invited'],
    ['changed here', ['Invited'], 'Attended', 'Invited', 'change', 'Attended'],
    ['removed here', ['Invited'], null, 'Invited', 'remove', null],
    ['removed on both sides', ['Invited'], null, null, 'none', null],
    ['changed and back', ['Invited', 'Registered'], 'Invited', 'Invited', 'none', 'Invited'],
    [
      'changed, pushed, and the answer lost',
      ['Invited'],
      'Attended',
      'Attended',
      'none',
      'Attended',
    ],
    [
      'changed again after a lost answer',
      ['Invited', 'Registered'],
      'Attended',
      'Registered',
      'change',
      'Attended',
    ],
    ['removed and added lower', ['Attended', null], 'Invited', 'Attended', 'none', 'Attended'],
  ])('E3: %s', (_, olds, marketing, salesforce, write, status) => {
    expect(decide(olds, marketing, salesforce)).toEqual({ write, status, conflict: null });
  });

  it.each<[Membership, Membership, 'marketing' | 'salesforce', string, Membership, string]>([
    ['Attended', 'Registered', 'marketing', 'change', 'Attended', 'marketing'],
    ['Attended', 'Registered', 'salesforce', 'none', 'Registered', 'salesforce'],
    ['Registered', 'Attended', 'marketing', 'none', 'Attended', 'salesforce'],
    [null, 'Attended', 'marketing', 'remove', null, 'marketing'],
    [null, 'Attended', 'salesforce', 'none', 'Attended', 'salesforce'],
    ['Attended', null, 'marketing', 'add', 'Attended', 'marketing'],
    ['Attended', null, 'salesforce', 'none', null, 'salesforce'],
  ])(
    'E3, E7: %s here and %s there, %s later: %s',
    (marketing, salesforce, later, write, status, winner) => {
      expect(decide(['Invited'], marketing, salesforce, later)).toEqual({
        ...{ write, status },
        conflict: { base: 'Invited', salesforce, marketing, winner },
      });
    },
  );
});
