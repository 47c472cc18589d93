import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What operators filter by in the Web UI; the server must know them (src/temporal/client.ts sees to it). */
export const CONNECTION_ATTRIBUTE = defineSearchAttributeKey(
  'TandemConnection',
  SearchAttributeType.KEYWORD,
);
export const ORG_ATTRIBUTE = defineSearchAttributeKey('TandemOrg', SearchAttributeType.KEYWORD);
export const STATE_ATTRIBUTE = defineSearchAttributeKey('TandemState', SearchAttributeType.KEYWORD);
