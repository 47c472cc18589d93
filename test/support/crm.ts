/** A small REST client of its own, so that tests do not look at Salesforce through the code they test. */

export type Fields = Record<string, unknown>;

class CrmError extends Error {
  readonly status: number;
  /** Salesforce's errors, as they came. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`${status}: ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }
}

export interface Crm {
  /** All rows of a query, through all its pages; numbers as the text that Salesforce sent. */
  query(soql: string, options?: { deletedToo?: boolean }): Promise<Record<string, string | null>[]>;
  describe(object: string): Promise<{ fields: { name: string; type: string }[] }>;
  /** The new record's id. */
  create(object: string, fields: Fields): Promise<string>;
  read(object: string, id: string, fields: readonly string[]): Promise<Fields>;
  update(object: string, id: string, fields: Fields): Promise<void>;
  delete(object: string, id: string): Promise<void>;
  undelete(id: string): Promise<void>;
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

const VERSION = '62.0';

/** Logs in by SOAP: user name and password, with the security token where one is needed. */
export async function enterCrm(url: string, username: string, password: string): Promise<Crm> {
  const soap = async (call: string, session = ''): Promise<string> => {
    const header =
      session &&
      `<env:Header><SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>${session}</sessionId></SessionHeader></env:Header>`;
    const response = await fetch(`${url}/services/Soap/u/${VERSION}`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' },
      body: `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">${header}<env:Body>${call}</env:Body></env:Envelope>`,
    });
    const text = await response.text();
    if (!response.ok) throw new CrmError(response.status, text);
    return text;
  };
  const element = (name: string, content: string) =>
    `<${name} xmlns="urn:partner.soap.sforce.com">${content}</${name}>`;
  const answer = await soap(
    element('login', `<username>${username}</username><password>${password}</password>`),
  );
  const session = /<sessionId>([^<]+)</.exec(answer)![1]!;
  const base = `${url}/services/data/v${VERSION}`;

  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(path.startsWith('/services/') ? url + path : base + path, {
      method,
      headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? null : parseExactly(text);
    if (!response.ok) throw new CrmError(response.status, parsed);
    return parsed;
  };

  return {
    request,
    async query(soql, { deletedToo = false } = {}) {
      interface Page {
        records: Record<string, string | null>[];
        nextRecordsUrl?: string;
      }
      const resource = deletedToo ? 'queryAll' : 'query';
      const rows: Record<string, string | null>[] = [];
      let next: string | undefined = `/${resource}?q=${encodeURIComponent(soql)}`;
      while (next !== undefined) {
        const page = (await request('GET', next)) as Page;
        rows.push(...page.records);
        next = page.nextRecordsUrl;
      }
      return rows;
    },
    describe: (object) => request('GET', `/sobjects/${object}/describe`) as never,
    async create(object, fields) {
      return ((await request('POST', `/sobjects/${object}`, fields)) as { id: string }).id;
    },
    read: (object, id, fields) =>
      request('GET', `/sobjects/${object}/${id}?fields=${fields.join(',')}`) as Promise<Fields>,
    async update(object, id, fields) {
      await request('PATCH', `/sobjects/${object}/${id}`, fields);
    },
    async delete(object, id) {
      await request('DELETE', `/sobjects/${object}/${id}`);
    },
    async undelete(id) {
      const text = await soap(element('undelete', `<ids>${id}</ids>`), session);
      if (!text.includes('<success>true</success>')) throw new CrmError(200, text);
    },
  };
}

/** Numbers and booleans as the text that was sent: a double does not hold 18 digits. */
function parseExactly(text: string): unknown {
  return JSON.parse(text, ((_key: string, value: unknown, { source }: { source: string }) =>
    typeof value === 'number' || typeof value === 'boolean' ? source : value) as never);
}
