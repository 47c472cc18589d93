-- Pulls page by Salesforce's locators: no watermark ever ended within an instant.
alter table tandem.watermark drop column last_id;
