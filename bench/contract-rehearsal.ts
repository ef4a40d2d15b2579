/**
 * A price preview: one contract's last twelve months under other terms, with break-even and curve, in a ledger of 1,000,000 usage rows of 500 partners over twelve months; the
 * contract looked at has 100,000 of them. The reference is one bare grouped query of its usage.
 */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { composeContracts } from '../src/main/composition/contracts.ts';
import { noOpenChanges } from '../src/main/contracts/contract-changes.ports.ts';
import { openPartnerLedger } from './partner-ledger.ts';
import { fastest, percentile, timed, type Measure } from './measure.ts';

const partners = 500;
const usageRows = 900_000;
const ownRows = 100_000;
const goalMs = 50;
/** The second contract of the ledger. */
const hybrid = '00000002-0000-4000-8000-000000000002';
const nowAt = Date.parse('2026-11-18T14:14:00Z');
const [yearStart, yearEnd] = [Date.parse('2025-11-01T04:00:00Z'), Date.parse('2026-11-01T04:00:00Z')];

export async function measureRehearsal(): Promise<Measure[]> {
  using ledger = openPartnerLedger(partners, 0);
  const { connection } = ledger.database;
  const fill = (rows: number, from: number, prefix: string): void => {
    connection.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at, received_at)
      SELECT 'use-${from}-' || i, ${prefix}, CASE i % 2 WHEN 0 THEN 'deeds' ELSE 'requests' END, i % 7 + 1, ${yearStart} + (i * 7919000) % ${yearEnd - yearStart}, 0 FROM n`);
  };
  fill(usageRows, 1, `'dp_pk_' || (i % ${partners} + 1)`);
  fill(ownRows, 2, "'dp_pk_2'"); // the second contract's
  const { previews } = composeContracts({ database: ledger.database, clock: fixedClock(nowAt), timeZone: new TimeZone('America/New_York'), changes: { ...noOpenChanges, submit: () => { throw new Error('Nothing is edited here.'); } } });
  const tiers = { mode: 'graduated', tiers: [{ upTo: 1_000, unitPrice: '1.5' }, { upTo: 10_000, unitPrice: '1.1' }, { upTo: null, unitPrice: '0.9' }] };
  const rehearse = () => previews.rehearse({ contractId: hybrid, entity: 'amendment', id: null, values: { effective_from: '2027-01-01', tiers, included_units: 500, minimum_commitment_minor: 100_000, discount_basis_points: 250 } });
  if (rehearse().months.some((month) => month.delta === null || month.deeds === 0)) throw new Error('The rehearsal rated nothing.');
  const samples: number[] = [];
  for (let round = 0; round < 40; round += 1) samples.push(await timed(rehearse));
  const grouped = connection.prepare("SELECT meter, strftime('%Y-%m', occurred_at / 1000, 'unixepoch'), sum(quantity) FROM api_usage WHERE api_key_prefix = 'dp_pk_2' AND occurred_at >= ? AND occurred_at < ? GROUP BY 1, 2");
  const groupedMs = await fastest(5, () => grouped.all(yearStart, yearEnd));
  const ours = percentile(samples, 95);
  return [
    { name: `rehearsal of a contract with ${ownRows.toLocaleString('en-US')} of ${(usageRows + ownRows).toLocaleString('en-US')} usage rows`, unit: 'ms', ours, reference: groupedMs, ratio: ours / groupedMs, goal: `≤ ${goalMs} ms, 95th of 100`, holds: ours <= goalMs, note: 'reference: one bare grouped query of its usage' },
  ];
}
