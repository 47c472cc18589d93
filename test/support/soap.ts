/** One SOAP call as the org's administrator; `call` is the body's element with its arguments. */
export async function soapCall(
  { url, admin }: { url: string; admin: { username: string; password: string } },
  call: string,
): Promise<string> {
  const send = async (content: string, session: string): Promise<string> => {
    const header = `<env:Header><SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>${session}</sessionId></SessionHeader></env:Header>`;
    const response = await fetch(`${url}/services/Soap/u/62.0`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' },
      body: `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">${header}<env:Body>${content.replace(/^<(\w+)/, '<$1 xmlns="urn:partner.soap.sforce.com"')}</env:Body></env:Envelope>`,
    });
    const text = await response.text();
    const failed = text.includes('<success>false</success>');
    if (!response.ok || failed) throw new Error(`${response.status}: ${text}`);
    return text;
  };
  const { username, password } = admin;
  const login = await send(
    `<login><username>${username}</username><password>${password}</password></login>`,
    '',
  );
  return send(call, /<sessionId>([^<]+)</.exec(login)![1]!);
}
