/** Programs here and their campaigns in Salesforce, as a marketer and a colleague in the CRM see them. */
import type { Pair } from '../activities/support.ts';

export type Member = { id: string; sfdcId: string };

export class Programs {
  readonly #pair: Pick<Pair, 'sql' | 'crm' | 'sandbox'>;
  #people = 0;

  constructor(pair: Pick<Pair, 'sql' | 'crm' | 'sandbox'>) {
    this.#pair = pair;
  }

  /** Statuses as name, step, and whether it is a success. */
  async channel(name: string, ...statuses: [string, number, boolean?][]): Promise<void> {
    const { sql } = this.#pair;
    await sql('insert into marketing.channel (name) values ($1)', [name]);
    for (const [status, step, success = false] of statuses) {
      await sql('insert into marketing.channel_status values ($1, $2, $3, $4)', [
        name,
        status,
        step,
        success,
      ]);
    }
  }

  async create(program: {
    name: string;
    channel: string;
    campaign?: string;
    createNew?: boolean;
  }): Promise<string> {
    const [{ id }] = await this.#pair.sql(
      `insert into marketing.program (name, channel, salesforce_campaign_id, create_campaign)
       values ($1, $2, $3, $4) returning id`,
      [program.name, program.channel, program.campaign ?? null, program.createNew ?? false],
    );
    return id;
  }

  async read(id: string) {
    const [program] = await this.#pair.sql('select * from marketing.program where id = $1', [id]);
    return program;
  }

  /** A campaign whose member statuses are these. */
  async campaign(name: string, ...labels: string[]): Promise<string> {
    const { crm } = this.#pair;
    const campaign = await crm.create('Campaign', { Name: name });
    const held = await crm.query(
      `SELECT Id FROM CampaignMemberStatus WHERE CampaignId = '${campaign}' ORDER BY SortOrder`,
    );
    for (const [index, Label] of labels.entries()) {
      const status = held[index];
      if (status) await crm.update('CampaignMemberStatus', status.Id!, { Label });
      else await crm.create('CampaignMemberStatus', { CampaignId: campaign, Label });
    }
    return campaign;
  }

  /** New leads in Salesforce, and people here for them. */
  async leads(count: number): Promise<Member[]> {
    const { crm, sql } = this.#pair;
    const members: Member[] = [];
    for (let made = 0; made < count; made += 1) {
      this.#people += 1;
      const sfdcId = await crm.create('Lead', {
        ...{ LastName: `Member ${this.#people}`, Company: 'Nile' },
      });
      const [{ id }] = await sql(
        `with origin as (select set_config('tandem.origin', 'sync', true))
         insert into marketing.person (sfdc_id, last_name, company)
         select $1, $2, 'Nile' from origin returning id`,
        [sfdcId, `Member ${this.#people}`],
      );
      members.push({ id, sfdcId });
    }
    return members;
  }

  async add(program: string, person: string, status: string | null = null): Promise<void> {
    await this.#pair.sql(
      'insert into marketing.program_member (program_id, person_id, status) values ($1, $2, $3)',
      [program, person, status],
    );
  }

  async set(program: string, person: string, status: string): Promise<void> {
    await this.#pair.sql(
      'update marketing.program_member set status = $3 where program_id = $1 and person_id = $2',
      [program, person, status],
    );
  }

  async remove(program: string, person: string): Promise<void> {
    await this.#pair.sql(
      'delete from marketing.program_member where program_id = $1 and person_id = $2',
      [program, person],
    );
  }

  /** Person → status, here. */
  async members(program: string): Promise<Record<string, string>> {
    const rows = await this.#pair.sql(
      'select person_id, status from marketing.program_member where program_id = $1',
      [program],
    );
    return Object.fromEntries(rows.map((row) => [row.person_id, row.status]));
  }

  /** Lead or contact → status, in Salesforce. */
  async membersThere(campaign: string): Promise<Record<string, string>> {
    const rows = await this.#pair.crm.query(
      `SELECT LeadId, ContactId, Status FROM CampaignMember WHERE CampaignId = '${campaign}'`,
    );
    return Object.fromEntries(rows.map((row) => [row.ContactId ?? row.LeadId, row.Status!]));
  }

  /** The id of someone's campaign member. */
  async memberId(campaign: string, person: string): Promise<string> {
    const [row] = await this.#pair.crm.query(
      `SELECT Id FROM CampaignMember WHERE CampaignId = '${campaign}' AND (LeadId = '${person}' OR ContactId = '${person}')`,
    );
    return row!.Id!;
  }

  async labels(campaign: string): Promise<string[]> {
    const rows = await this.#pair.crm.query(
      `SELECT Label FROM CampaignMemberStatus WHERE CampaignId = '${campaign}' ORDER BY SortOrder`,
    );
    return rows.map(({ Label }) => Label!);
  }

  async openErrors() {
    return this.#pair.sql(
      `select object, operation, code from tandem.sync_error where resolved_at is null order by id`,
    );
  }

  /** The kinds in someone's log that tell of campaigns. */
  async log(person: string): Promise<string[]> {
    const rows = await this.#pair.sql(
      `select kind from marketing.activity
       where person_id = $1 and kind like '%Salesforce Campaign' order by id`,
      [person],
    );
    return rows.map(({ kind }) => kind);
  }

  /** Changes with every write to a row of `marketing`. */
  async written(): Promise<string[]> {
    const { sql } = this.#pair;
    const tables = await sql(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema = 'marketing' and table_type = 'BASE TABLE' order by 1`,
    );
    const versions: string[] = [];
    for (const { name } of tables) {
      const [{ version }] = await sql(
        `select md5(string_agg(xmin::text || ctid::text, ',' order by ctid)) as version from ${name}`,
      );
      versions.push(`${name} ${version}`);
    }
    return versions;
  }

  /** Changes with every write to the org's campaigns. */
  async orgVersion(): Promise<string> {
    const tables = ['Campaign', 'CampaignMember', 'CampaignMemberStatus', 'Lead', 'Contact'];
    const { rows } = await this.#pair.sandbox.pool.query(
      `select md5(string_agg(v, ',' order by v)) as version from (${tables
        .map((table) => `select "Id" || xmin::text || ctid::text as v from org."${table}"`)
        .join(' union all ')}) all_rows`,
    );
    return rows[0].version;
  }
}
