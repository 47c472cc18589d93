/** Business rules that Salesforce does not show as rows, or not whole; org_meta.validation_rule is older. */
export const RULE_TABLES = `
  -- As an administrator wrote it; null for a rule that is SQL from the start.
  ALTER TABLE org_meta.validation_rule ADD COLUMN IF NOT EXISTS formula text;

  -- Where a custom field of a converted lead goes.
  CREATE TABLE IF NOT EXISTS org_meta.lead_mapping (
    target text NOT NULL CHECK (target IN ('Account', 'Contact', 'Opportunity')),
    lead_field text NOT NULL,
    target_field text NOT NULL,
    PRIMARY KEY (target, target_field)
  );

  -- The entries of a row of AssignmentRule, in order; the first that is true gives the owner, a user
  -- or a queue. Without a condition it is true for every row.
  CREATE TABLE IF NOT EXISTS org_meta.assignment_entry (
    rule_id text COLLATE "C" NOT NULL,
    position int NOT NULL,
    formula text,
    condition_sql text,
    owner_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (rule_id, position)
  );

  -- What a row of DuplicateRule does: 'Allow' or 'Block' on insert and on update, whether an allowed
  -- one alerts, and its matching rules in order (see writes/duplicate-rules.ts).
  CREATE TABLE IF NOT EXISTS org_meta.duplicate_rule (
    rule_id text COLLATE "C" PRIMARY KEY,
    position int NOT NULL,
    on_insert text NOT NULL CHECK (on_insert IN ('Allow', 'Block')),
    on_update text NOT NULL CHECK (on_update IN ('Allow', 'Block')),
    alerts_on_insert boolean NOT NULL,
    alerts_on_update boolean NOT NULL,
    message text NOT NULL,
    formula text,
    condition_sql text,
    matching jsonb NOT NULL
  );
`;
