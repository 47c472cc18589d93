import type { Name } from './ast.ts';
import type { Source } from './failures.ts';
import type { Scope } from './scope.ts';

/**
 * The condition of USING SCOPE. There are no teams, so an account's team is its owner; a delegated
 * task is one that the user made for somebody else.
 */
export function scopeCondition(name: Name, scope: Scope, source: Source): string[] {
  const { schema, userId } = scope.context;
  const wanted = name.text.toLowerCase();
  if (wanted === 'everything') return [];
  const owned = schema.field(scope.object, 'OwnerId') !== undefined;
  const has = { mine: owned, team: scope.object.name === 'Account', delegated: isTask(scope) };
  if (!Object.hasOwn(has, wanted) || !has[wanted as keyof typeof has])
    throw source.malformed(name, `scope '${name.text}' is not supported for ${scope.object.name}`);
  const user = `${scope.numbers.bind(userId ?? '')}::text`;
  const owner = `${scope.alias}."OwnerId"`;
  if (wanted !== 'delegated') return [`${owner} = ${user}`];
  return [`${scope.alias}."CreatedById" = ${user}`, `${owner} <> ${user}`];
}

const isTask = ({ object }: Scope) => object.name === 'Task';
