-- An amount in a currency whose rate is not here is not taken for one in the corporate currency: converted
-- it is unknown, and so is a sum with it (F2, F3). An org with one currency has no rates, and needs none.
create or replace view marketing.opportunity_amount as
select o.sfdc_id, o.amount, o.expected_revenue,
  coalesce(o.code, k.iso_code) as currency_iso_code,
  o.amount / o.rate as amount_corporate,
  o.expected_revenue / o.rate as expected_revenue_corporate
from (
  select p.sfdc_id, p.amount, p.expected_revenue, p.code,
    case when p.code is null then 1 else c.conversion_rate end as rate
  from (
    select q.sfdc_id, q.amount, q.expected_revenue, to_jsonb(q) ->> 'currency_iso_code' as code
    from marketing.opportunity q
  ) p left join marketing.currency_type c on c.iso_code = p.code
) o
left join marketing.currency_type k on k.is_corporate;

create or replace view marketing.person_opportunity as
select p.id as person_id, s.number > 0 as has_opportunity, s.number, s.total_amount,
  s.total_expected_revenue
from marketing.person p
cross join lateral (
  select count(*) as number,
    case when bool_and(a.amount is null or a.amount_corporate is not null)
      then sum(a.amount_corporate) end as total_amount,
    case when bool_and(a.expected_revenue is null or a.expected_revenue_corporate is not null)
      then sum(a.expected_revenue_corporate) end as total_expected_revenue
  from marketing.opportunity o
  join marketing.opportunity_amount a on a.sfdc_id = o.sfdc_id
  where not o.sfdc_is_deleted and exists (
    select from marketing.opportunity_contact_role r
    where r.contact_id = p.sfdc_id and r.opportunity_id = o.sfdc_id and not r.sfdc_is_deleted)
) s;
