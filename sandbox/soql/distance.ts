import type { Call, Expression } from './ast.ts';
import type { Source } from './failures.ts';
import { numberOf, textOf } from './literals.ts';
import type { Column, Scope } from './scope.ts';
import { resolve } from './where.ts';

/** The earth's radius. */
const RADIUS: Record<string, number> = { mi: 3958.7613, km: 6371.0088 };

interface Point {
  latitude: string;
  longitude: string;
}

/** `DISTANCE(Address, GEOLOCATION(37.7,-122.4), 'mi')`, on the great circle; null without coordinates. */
export function distance(call: Call, scope: Scope, source: Source): Column {
  const [from, to, unit, ...more] = call.args;
  if (from === undefined || to === undefined || unit?.kind !== 'literal' || more.length > 0)
    throw source.malformed(call, `Invalid arguments of function ${call.name}`);
  const radius =
    unit.literal.type === 'STRING' ? RADIUS[textOf(unit.text).toLowerCase()] : undefined;
  if (radius === undefined)
    throw source.malformed(unit, `Invalid distance unit: ${unit.text}. Valid unit: 'mi', 'km'`);
  const [a, b] = [pointOf(from, scope, source), pointOf(to, scope, source)];
  const part = (angle: string) => `power(sin(radians(${angle}) / 2), 2)`;
  const haversine =
    `${part(`(${b.latitude}) - (${a.latitude})`)} + cos(radians(${a.latitude})) * ` +
    `cos(radians(${b.latitude})) * ${part(`(${b.longitude}) - (${a.longitude})`)}`;
  const sql = `(2 * ${radius} * asin(least(1, sqrt(${haversine}))))::numeric`;
  const id = scope.columnOf(scope.root, 'Id');
  return {
    ...id,
    sql,
    viaParent: true,
    field: { ...id.field, name: call.text, type: 'double', scale: 15, nillable: true },
  };
}

function pointOf(expression: Expression, scope: Scope, source: Source): Point {
  if (expression.kind === 'call' && expression.name === 'GEOLOCATION') {
    const [latitude, longitude, ...more] = expression.args.map((arg) =>
      arg.kind === 'literal' && arg.literal.type === 'NUMBER' ? Number(numberOf(arg.text)) : NaN,
    );
    const fits = Math.abs(latitude ?? NaN) <= 90 && Math.abs(longitude ?? NaN) <= 180;
    if (!fits || more.length > 0)
      throw source.malformed(expression, `Invalid arguments of function GEOLOCATION`);
    return { latitude: `${latitude}::float8`, longitude: `${longitude}::float8` };
  }
  if (expression.kind !== 'path')
    throw source.malformed(expression, `Invalid arguments of function DISTANCE`);
  const { field, parts } = resolve(expression, scope, source);
  const latitude = parts?.Latitude ?? parts?.Latitude__s;
  const longitude = parts?.Longitude ?? parts?.Longitude__s;
  if (latitude === undefined || longitude === undefined)
    throw source.at(expression, 'INVALID_FIELD', `field ${field.name} does not support DISTANCE`);
  return { latitude: `${latitude.sql}::float8`, longitude: `${longitude.sql}::float8` };
}
