import type { RunningSandbox } from './support.ts';

export type Form = Record<string, string>;

/** Asks for tokens as one app. */
export function oauthClient(sandbox: RunningSandbox) {
  const app = { client_id: sandbox.clientId, client_secret: sandbox.clientSecret };
  const post = (path: string, form: Form, headers: Form = {}) =>
    fetch(`${sandbox.url}/services/oauth2/${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });
  const token = async (form: Form, headers: Form = {}) => {
    const response = await post('token', { ...app, ...form }, headers);
    const body = (await response.json()) as Record<string, string>;
    return { status: response.status, body, error: `${body.error}: ${body.error_description}` };
  };
  return {
    app,
    post,
    token,
    byPassword: (
      password = sandbox.password + sandbox.securityToken,
      headers: Form = {},
      username = sandbox.username,
    ) => token({ grant_type: 'password', username, password }, headers),
    get: (path: string, accessToken: string, headers: Form = {}) =>
      fetch(sandbox.url + path, {
        headers: { authorization: `Bearer ${accessToken}`, ...headers },
      }),
  };
}
