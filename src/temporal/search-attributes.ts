import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import {
  CONNECTION_ATTRIBUTE,
  ORG_ATTRIBUTE,
  STATE_ATTRIBUTE,
} from '../../workflows/search-attributes.ts';

const NAMES = [CONNECTION_ATTRIBUTE, ORG_ATTRIBUTE, STATE_ATTRIBUTE].map(({ name }) => name);

class SearchAttributesMissing extends Error {
  /** Holds no secret (src/log.ts). */
  readonly isPublic = true;

  constructor(names: string[], cause: unknown) {
    super(
      `Temporal does not have the search attributes ${names.join(', ')} and they could not be added: ` +
        `let an administrator run "temporal operator search-attribute create ` +
        `${names.map((name) => `--name ${name} --type Keyword`).join(' ')}", then start again`,
      { cause },
    );
    this.name = 'SearchAttributesMissing';
  }
}

/** A workflow that sets an attribute its server does not know stands still: so they are added first. */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { operatorService } = client.connection as unknown as OperatorConnection;
  const { namespace } = client.options;
  const known = await operatorService.listSearchAttributes({ namespace });
  const missing = NAMES.filter((name) => !(name in (known.customAttributes ?? {})));
  if (missing.length === 0) return;
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  try {
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    throw new SearchAttributesMissing(missing, error);
  }
}

/** The client's type leaves the operator service out; its connection has it. */
type OperatorConnection = Pick<import('@temporalio/client').Connection, 'operatorService'>;
