import { compile } from './compile.ts';
import { type Caller, queryContext } from './context.ts';

interface Plan {
  cardinality: number;
  fields: string[];
  leadingOperationType: 'Index' | 'TableScan';
  notes: { description: string; fields: string[]; tableEnumOrId: string }[];
  relativeCost: number;
  sobjectCardinality: number;
  sobjectType: string;
}

/** How a query would be run, by PostgreSQL's estimates. Throws what compile throws. */
export async function explain(caller: Caller, soql: string): Promise<{ plans: Plan[] }> {
  const { object, sql, params } = compile(soql, await queryContext(caller, soql, false));
  const { rows } = await caller.db.query(`EXPLAIN (FORMAT JSON) ${sql}`, params);
  const plan = rows[0]['QUERY PLAN'][0].Plan as { 'Plan Rows': number };
  const { rows: sizes } = await caller.db.query(
    'SELECT greatest(reltuples, 0)::int AS size FROM pg_class WHERE oid = $1::regclass',
    [`org."${object.name}"`],
  );
  const index = /"Index Name":"[^"]*?_(\w+)_idx"/.exec(JSON.stringify(plan))?.[1];
  const size = Number(sizes[0].size);
  return {
    plans: [
      {
        cardinality: Math.round(plan['Plan Rows']),
        fields: index === undefined ? [] : [index],
        leadingOperationType: index === undefined ? 'TableScan' : 'Index',
        notes: [
          {
            description: 'Not considering filter for optimization because unindexed',
            fields: ['IsDeleted'],
            tableEnumOrId: object.name,
          },
        ],
        relativeCost: index === undefined ? 1 : Math.min(1, plan['Plan Rows'] / Math.max(size, 1)),
        sobjectCardinality: size,
        sobjectType: object.name,
      },
    ],
  };
}
