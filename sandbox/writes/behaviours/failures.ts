import { SalesforceError } from '../../errors.ts';

/** Text and code are recorded from an org; that `fields` is empty is not. */
export const alreadyMember = () =>
  new SalesforceError(400, 'DUPLICATE_VALUE', 'Already a campaign member.', []);

const fieldIntegrity = (message: string, fields: string[]) =>
  new SalesforceError(400, 'FIELD_INTEGRITY_EXCEPTION', message, fields);

export const whatWithLead = () =>
  fieldIntegrity('cannot specify whatID with lead whoID', ['WhatId']);

export const durationOutOfRange = (longest: number) =>
  fieldIntegrity(`Duration must be between 0 and ${longest} minutes: Duration`, [
    'DurationInMinutes',
  ]);

export const durationMismatch = () =>
  fieldIntegrity('Duration does not match the start and end of the event: Duration', [
    'DurationInMinutes',
  ]);

export const startMismatch = (field: string) =>
  fieldIntegrity('Start date and due date of the event do not match: Due Date', [field]);

export const hierarchyLoop = (field: string) =>
  new SalesforceError(400, 'CIRCULAR_DEPENDENCY', 'attempt to violate hierarchy constraints', [
    field,
  ]);

export const statusLabelTaken = (label: string) =>
  new SalesforceError(400, 'DUPLICATE_VALUE', `duplicate value found: Label ${label}`, ['Label']);

export const statusNeedsDefault = () =>
  fieldIntegrity('A campaign needs one default member status: Is Default', ['IsDefault']);

export const statusNeedsResponded = () =>
  fieldIntegrity('A campaign needs a member status that counts as responded: Responded', [
    'HasResponded',
  ]);

export const undeletable = (message: string) =>
  new SalesforceError(400, 'DELETE_FAILED', message, []);
