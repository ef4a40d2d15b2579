/**
 * Rating a month: contracts in force, their usage, lines, totals and drafts, against the bare aggregation of the same usage rows in SQL. 1,000 contracts over a million rows; with
 * `--size large` 10,000 over ten million, which takes minutes to fill.
 */
import { billedPeriod, openPartnerLedger } from './partner-ledger.ts';
import { fastest, type Measure } from './measure.ts';

const isLarge = process.argv.includes('--size=large') || process.argv[process.argv.indexOf('--size') + 1] === 'large';
const [contracts, usageRows] = isLarge ? [10_000, 10_000_000] : [1_000, 1_000_000];
const goal = 2;
const rounds = isLarge ? 3 : 5;

export async function measure(): Promise<Measure[]> {
  using ledger = openPartnerLedger(contracts, usageRows);
  const { connection } = ledger.database;
  const bare = connection.prepare('SELECT api_key_prefix, meter, sum(quantity) AS quantity FROM api_usage WHERE occurred_at >= ? AND occurred_at < ? GROUP BY api_key_prefix, meter');
  const [start, end] = [Date.parse('2026-10-01T04:00:00Z'), Date.parse('2026-11-01T04:00:00Z')];
  const counted = (bare.all(start, end) as { quantity: number }[]).reduce((sum, row) => sum + row.quantity, 0);
  const run = ledger.invoicing.preview({ period: billedPeriod });
  if (run.succeeded.length !== contracts || run.failed.length > 0 || counted === 0) throw new Error(`${run.succeeded.length} of ${contracts} contracts were rated, ${run.failed.length} failed.`);
  // One after the other and the fastest of each: what else the machine does falls on both alike.
  const bareMs = await fastest(rounds, () => bare.all(start, end));
  const oursMs = await fastest(rounds, () => ledger.invoicing.preview({ period: billedPeriod }));
  return [
    {
      name: `rating ${contracts.toLocaleString('en-US')} contracts over ${usageRows.toLocaleString('en-US')} usage rows`, unit: 'ms', ours: oursMs, reference: bareMs, ratio: oursMs / bareMs, goal: `≤ ${goal} × the bare SQL aggregation of those rows`, holds: oursMs <= goal * bareMs,
      note: 'reference: one grouped query over all rows; ours with terms, lines, totals, drafts and the look for late usage',
    },
  ];
}
