/** The company's own usage records, summed for a rehearsal. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { MeteredUsage } from '../billing/partner-invoice-calculation.ts';

// Each sum is one range of the covering index api_usage_by_prefix; only the sums are grouped, never the rows.
const sumByInterval = sql(
  'contracts.usage-by-interval',
  `SELECT i.key AS place, m.value AS meter, sum((
     SELECT coalesce(sum(u.quantity), 0) FROM api_usage u WHERE u.api_key_prefix = p.value AND u.meter = m.value AND u.occurred_at >= json_extract(i.value, '$[0]') AND u.occurred_at < json_extract(i.value, '$[1]')
   )) AS quantity
   FROM json_each(:intervals) i CROSS JOIN json_each('["deeds","requests"]') m CROSS JOIN json_each(:prefixes) p GROUP BY i.key, m.value`,
);

/** Usage of the prefixes in each half-open interval of instants, in their order: one query for all of them. Each call is one row, so it counts once. */
export function sumUsageByInterval(database: ReadableDatabase, prefixes: readonly string[], intervals: readonly { readonly start: number; readonly end: number }[]): MeteredUsage[] {
  const sums = intervals.map(() => ({ deeds: 0, requests: 0 }));
  const parameters = { prefixes: JSON.stringify([...new Set(prefixes)]), intervals: JSON.stringify(intervals.map(({ start, end }) => [start, end])) };
  for (const { place, meter, quantity } of database.all<{ place: number; meter: 'deeds' | 'requests'; quantity: number }>(sumByInterval, parameters)) {
    const sum = sums[place];
    if (sum) sum[meter] = quantity;
  }
  return sums;
}
