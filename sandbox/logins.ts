import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { SandboxOrg } from './sandbox-org.ts';
import { mayLogIn, sameText, type User } from './users.ts';

/** Why somebody may not log in. Each API has its own words for it. */
export type LoginRefusal =
  /** No such user, a wrong password, or a user who is locked out or switched off. */
  | 'credentials'
  /** The password is right, and the security token that this address needs is not there. */
  | 'token'
  | 'inactive'
  /** Not an address of the profile's login IP ranges. */
  | 'address'
  /** No API Enabled permission. */
  | 'api';

export type LoginOutcome = { user: User; passwordExpired: boolean } | { refused: LoginRefusal };

/** Where a client is: what a proxy in front of the sandbox says, else the connection's own address. */
export function addressOf(request: { headers: IncomingMessage['headers']; ip: string }): string {
  const forwarded = [request.headers['x-forwarded-for']].flat()[0]?.split(',')[0]?.trim();
  const address = forwarded === undefined || isIP(forwarded) === 0 ? request.ip : forwarded;
  return address.replace(/^::ffff:/i, '');
}

/** A login by password, with or without the security token behind it. Wrong passwords count towards a lockout. */
export async function logInByPassword(
  org: SandboxOrg,
  username: string,
  passwordAndToken: string,
  address: string,
): Promise<LoginOutcome> {
  const found = await org.users.secretsOf(username);
  if (found === null || found.password === null) return { refused: 'credentials' };
  const { user, password, securityToken, lockedUntil, passwordExpired } = found;
  if (lockedUntil !== null && lockedUntil > org.now()) return { refused: 'credentials' };
  const isBare = sameText(password, passwordAndToken);
  if (!isBare && !sameText(password + securityToken, passwordAndToken)) {
    await org.users.countFailure(user.id, org.settings.loginAttempts, lockoutEnd(org));
    return { refused: 'credentials' };
  }
  if (!mayLogIn(user)) return { refused: 'credentials' };
  const trusted =
    org.permissions.isAdministrator(user.profileId) ||
    isWithin(address, org.settings.trustedIpRanges) ||
    org.settings.loginIpRanges[org.permissions.profileName(user.profileId)] !== undefined;
  if (isBare && securityToken !== '' && !trusted) return { refused: 'token' };
  const refused = loginRefusal(org, user, address);
  if (refused !== null) return { refused };
  await org.users.forgetFailures(user.id);
  return { user, passwordExpired };
}

/** What holds whoever is known without a password (JWT, refresh token, client credentials) from logging in. */
export function loginRefusal(org: SandboxOrg, user: User, address: string): LoginRefusal | null {
  if (!mayLogIn(user)) return 'inactive';
  if (!isAllowedFrom(org, user.profileId, address)) return 'address';
  return org.permissions.accessOf(user.id).has('ApiEnabled') ? null : 'api';
}

/** Whether a profile's login IP ranges have this address. */
export function isAllowedFrom(org: SandboxOrg, profileId: string, address: string): boolean {
  const ranges = org.settings.loginIpRanges[org.permissions.profileName(profileId)];
  return ranges === undefined || isWithin(address, ranges);
}

function lockoutEnd(org: SandboxOrg): Date {
  return new Date(org.now().getTime() + org.settings.lockoutMinutes * 60_000);
}

function isWithin(address: string, ranges: string[]): boolean {
  if (isIP(address) === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [first = '', last = first] = range.split('-').map((one) => one.trim());
    const family = isIP(first) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(first) === isIP(last)) list.addRange(first, last, family);
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
