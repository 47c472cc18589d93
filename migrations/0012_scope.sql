-- C12: a record that the condition in tandem.yaml leaves out stays, marked.
alter table marketing.account add column sfdc_out_of_scope boolean not null default false;
alter table marketing.sales_user add column sfdc_out_of_scope boolean not null default false;
alter table marketing.salesforce_campaign add column sfdc_out_of_scope boolean not null default false;
alter table marketing.campaign_member_status
  add column sfdc_out_of_scope boolean not null default false;
alter table marketing.campaign_member add column sfdc_out_of_scope boolean not null default false;
alter table marketing.opportunity add column sfdc_out_of_scope boolean not null default false;
alter table marketing.opportunity_contact_role
  add column sfdc_out_of_scope boolean not null default false;
alter table marketing.task add column sfdc_out_of_scope boolean not null default false;
alter table marketing.event add column sfdc_out_of_scope boolean not null default false;
alter table marketing.currency_type add column sfdc_out_of_scope boolean not null default false;

-- The condition by which an object's rows were chosen last.
alter table tandem.object add column scope text;
