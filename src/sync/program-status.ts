/** A status of a channel: a step of the way its members go (rule E7). */
export interface ChannelStatus {
  name: string;
  /** Lower comes before higher; several statuses may be one step. */
  step: number;
  /** Does a member with this status count as a success, in Salesforce as a response? */
  success: boolean;
}

/** A CampaignMemberStatus, as Salesforce has it. */
export interface CampaignStatus {
  id: string;
  label: string;
  isDefault: boolean;
  hasResponded: boolean;
}

/**
 * Would a change from one status to the other go back to a lower step (rule E7)? A status that the channel
 * does not know has no step: nothing is lower than it, nor is it lower than anything.
 */
export function isLower(statuses: readonly ChannelStatus[], from: string, to: string): boolean {
  const stepOf = (name: string) => statuses.find((status) => status.name === name)?.step;
  const [before, after] = [stepOf(from), stepOf(to)];
  return before !== undefined && after !== undefined && after < before;
}

/** What is missing on each side; both empty when the two sets match exactly (rule E4). */
export interface StatusMatch {
  missingInCampaign: string[];
  missingInChannel: string[];
}

export function matchStatuses(
  channel: readonly string[],
  campaign: readonly string[],
): StatusMatch {
  return {
    missingInCampaign: channel.filter((name) => !campaign.includes(name)),
    missingInChannel: campaign.filter((label) => !channel.includes(label)),
  };
}

/** Why the sets do not match, listing what is missing on each side (rule E4); null when they do. */
export function statusRefusal(channel: string, match: StatusMatch): string | null {
  const { missingInCampaign, missingInChannel } = match;
  const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
  const parts = [
    ...(missingInCampaign.length > 0 ? [`the campaign lacks ${list(missingInCampaign)}`] : []),
    ...(missingInChannel.length > 0
      ? [`the channel ${channel} lacks ${list(missingInChannel)}`]
      : []),
  ];
  if (parts.length === 0) return null;
  return (
    `The statuses of the two do not match: ${parts.join('; ')}. ` +
    'Nothing was changed. Make them the same on either side, then the link is tried again.'
  );
}

/** The fields of a CampaignMemberStatus to write. */
export interface StatusFields {
  Label: string;
  IsDefault: boolean;
  HasResponded: boolean;
}

export interface StatusPlan {
  create: StatusFields[];
  update: (StatusFields & { Id: string })[];
  /** Ids, to be deleted last: the default must have moved before. */
  remove: string[];
}

/** Salesforce wants one status at least that counts as a response; without a success it is the last step's. */
function wanted(channel: readonly ChannelStatus[]): StatusFields[] {
  const ordered = channel.toSorted((one, other) => one.step - other.step);
  const succeeds = ordered.some(({ success }) => success);
  return ordered.map(({ name, success }, index) => ({
    Label: name,
    IsDefault: index === 0,
    HasResponded: success || (!succeeds && index === ordered.length - 1),
  }));
}

/**
 * What makes the statuses of a campaign that Tandem has just made those of the channel (rule E1). A new
 * campaign has statuses of its own; they are given other labels before further ones are made. Empty when
 * all is as wanted, so that it may be done again (rule N6).
 */
export function planStatuses(
  channel: readonly ChannelStatus[],
  campaign: readonly CampaignStatus[],
): StatusPlan {
  const plan: StatusPlan = { create: [], update: [], remove: [] };
  const same = (label: string, name: string) => label.toLowerCase() === name.toLowerCase();
  const fields = wanted(channel);
  const spare = campaign.filter(({ label }) => !fields.some(({ Label }) => same(label, Label)));
  for (const status of fields) {
    const held = campaign.find(({ label }) => same(label, status.Label)) ?? spare.shift();
    if (held === undefined) plan.create.push(status);
    else if (
      held.label !== status.Label ||
      held.hasResponded !== status.HasResponded ||
      (status.IsDefault && !held.isDefault)
    ) {
      plan.update.push({ Id: held.id, ...status });
    }
  }
  plan.remove = spare.map(({ id }) => id);
  return plan;
}

/** The statuses that a linked campaign lacks (rule B): made there, and nothing else is touched. */
export function lackingStatuses(
  channel: readonly ChannelStatus[],
  campaign: readonly CampaignStatus[],
): StatusFields[] {
  const held = new Set(campaign.map(({ label }) => label.toLowerCase()));
  return wanted(channel)
    .filter(({ Label }) => !held.has(Label.toLowerCase()))
    .map((status) => ({ ...status, IsDefault: false }));
}
