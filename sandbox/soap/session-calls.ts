import { originOf } from '../http/urls.ts';
import { addressOf, type LoginRefusal, logInByPassword } from '../logins.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { storable } from '../storage.ts';
import type { User } from '../users.ts';
import type { OpenCall, SoapCall } from './call.ts';
import { apiDisabled, invalidSession, loginGone, SoapFault } from './faults.ts';
import { textOf, textsOf, wholeTextOf } from './read-envelope.ts';
import { result } from './write-results.ts';
import { element, nillable } from './write-xml.ts';

/** SOAP's login() is not there from API version 65.0 on; all other calls are. */
const LAST_LOGIN = 64;

const LOGIN_FAULTS: Record<LoginRefusal, [code: string, message: string]> = {
  credentials: ['INVALID_LOGIN', 'Invalid username, password, security token; or user locked out.'],
  inactive: ['INVALID_LOGIN', 'Invalid username, password, security token; or user locked out.'],
  token: [
    'LOGIN_MUST_USE_SECURITY_TOKEN',
    'Invalid username, password, security token; or user locked out. Are you at a new location? When accessing Salesforce--either via a desktop client or the API--from outside of your company’s trusted networks, you must add a security token to your password to log in. To get your new security token, log in to Salesforce. From your personal settings, enter Reset My Security Token in the Quick Find box, then select Reset My Security Token.',
  ],
  address: [
    'LOGIN_DURING_RESTRICTED_DOMAIN',
    'Logging in from current IP address is not permitted',
  ],
  api: ['API_CURRENTLY_DISABLED', 'API is disabled for this User'],
};

export async function login(call: OpenCall): Promise<string> {
  const { org, request, version, input, dialect } = call;
  if (Number(version) > LAST_LOGIN) throw loginGone(LAST_LOGIN);
  const outcome = await logInByPassword(
    org,
    storable(textOf(input, 'username') ?? ''),
    wholeTextOf(input, 'password') ?? '',
    addressOf(request),
  );
  if ('refused' in outcome) throw new SoapFault(...LOGIN_FAULTS[outcome.refused]);
  if (!org.settings.apiEnabled) throw apiDisabled();
  const { user, passwordExpired } = outcome;
  const access = org.permissions.accessOf(user.id);
  const session = org.sessions.begin(
    { userId: user.id, username: user.username, profileId: user.profileId, access },
    null,
  );
  session.passwordExpired = passwordExpired;
  const { token } = session;
  const endpoint = (letter: string) =>
    `${originOf(request)}/services/Soap/${letter}/${version}/${org.id.slice(0, 15)}`;
  return `<result>${[
    element('metadataServerUrl', endpoint('m')),
    element('passwordExpired', String(passwordExpired)),
    element('sandbox', 'true'),
    element('serverUrl', endpoint(dialect.letter)),
    element('sessionId', token),
    element('userId', user.id),
    `<userInfo>${await userInfo(org, user)}</userInfo>`,
  ].join('')}</result>`;
}

export async function logout({ org, session }: SoapCall): Promise<string> {
  org.sessions.end(session.token);
  return '';
}

/** Ends sessions, of whomever; one that is not there any more is no error. */
export async function invalidateSessions(call: SoapCall): Promise<string> {
  const { org, input } = call;
  for (const token of textsOf(input, 'sessionIds')) org.sessions.end(token);
  return textsOf(input, 'sessionIds')
    .map(() => result(call, { errors: [], success: true }))
    .join('');
}

export async function getUserInfo({ org, session }: SoapCall): Promise<string> {
  const user = await org.users.byId(session.userId);
  if (user === null) throw invalidSession();
  return `<result>${await userInfo(org, user)}</result>`;
}

export async function getServerTimestamp(call: SoapCall): Promise<string> {
  return result(call, { timestamp: call.org.now().toISOString() });
}

async function userInfo(org: SandboxOrg, user: User): Promise<string> {
  const { rows } = await org.pool.query('SELECT "Name" FROM org."Organization"');
  const { multiCurrency, corporateCurrency, sessionMinutes } = org.settings;
  const values: Record<string, string | null> = {
    accessibilityMode: 'false',
    chatterExternal: 'false',
    currencySymbol: multiCurrency ? null : '$',
    orgAttachmentFileSizeLimit: '26214400',
    orgDefaultCurrencyIsoCode: multiCurrency ? null : corporateCurrency,
    orgDefaultCurrencyLocale: multiCurrency ? null : 'en_US',
    orgDisallowHtmlAttachments: 'false',
    orgHasPersonAccounts: 'false',
    organizationId: org.id,
    organizationMultiCurrency: String(multiCurrency),
    organizationName: rows[0]?.Name ?? '',
    profileId: user.profileId,
    roleId: null,
    sessionSecondsValid: String(sessionMinutes * 60),
    userDefaultCurrencyIsoCode: multiCurrency ? corporateCurrency : null,
    userEmail: user.email,
    userFullName: user.name,
    userId: user.id,
    userLanguage: user.language,
    userLocale: user.locale,
    userName: user.username,
    userTimeZone: user.timeZone,
    userType: 'Standard',
    userUiSkin: 'Theme3',
  };
  return Object.entries(values)
    .map(([name, value]) => nillable(name, value))
    .join('');
}
