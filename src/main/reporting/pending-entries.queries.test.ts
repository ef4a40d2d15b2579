import { describe, expect, it } from 'vitest';
import { createBookedEntries } from '../ledger/booked-entries.ts';
import { createJournal } from '../ledger/journal.ts';
import { createProvisionalSealer, sealLeftovers } from '../ledger/provisional-sealer.ts';
import { ownKey, saleOn } from '../testing/sealing-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { listPendingEntries } from './pending-entries.queries.ts';

function openWaiting() {
  const ledger = openTemporaryDatabase();
  const journal = createJournal({ clock: { now: () => 7 }, sealer: createProvisionalSealer() });
  ledger.database.unitOfWork.run('test', (database) => journal.post(database, [saleOn('2026-10-31', 'a', 100, { memo: '"quoted"' }), saleOn('2026-10-01', 'b', 250)]));
  return { ledger, database: ledger.database, [Symbol.dispose]: () => ledger[Symbol.dispose]() };
}
const names = (rows: readonly { sourceId: string }[]): string[] => rows.map((row) => row.sourceId);

describe('entries that wait for their seal', () => {
  it('are listed with what they debit, in the order of posting or of their days, in windows', () => {
    using desk = openWaiting();
    const all = listPendingEntries(desk.database, { startAt: 0, limit: 10 });
    expect(all).toMatchObject({ total: 2, sums: [{ amount: 350, currency: 'usd' }] });
    expect(all.rows[0]).toMatchObject({ entryDate: '2026-10-31', recordedAt: 7, kind: 'sale', memo: '"quoted"', sourceType: 'test', sourceId: 'a', amounts: [{ amount: 100, currency: 'usd' }], reasonCode: null });
    expect(names(listPendingEntries(desk.database, { startAt: 0, limit: 10, sort: { column: 'entryDate', direction: 'ascending' } }).rows)).toEqual(['b', 'a']);
    expect(names(listPendingEntries(desk.database, { startAt: 1, limit: 1, sort: { column: 'recordedAt', direction: 'descending' } }).rows)).toEqual(['a']);
  });

  it('are booked for whoever asks at which figures: what is released later is released at theirs', () => {
    using desk = openWaiting();
    expect(createBookedEntries(desk.database).postingsOf(ownKey('b'))).toEqual(saleOn('2026-10-01', 'b', 250).postings);
    expect(createBookedEntries(desk.database).postingsOf('none')).toEqual([]);
  });

  it('are sealed here, in their order, when the desk stays alone', () => {
    using desk = openWaiting();
    sealLeftovers(desk.database, desk.database.unitOfWork);
    expect(listPendingEntries(desk.database, { startAt: 0, limit: 10 })).toEqual({ rows: [], total: 0, sums: [] });
    expect(desk.database.connection.prepare('SELECT source_id FROM journal_entries ORDER BY ledger_sequence').pluck().all()).toEqual(['a', 'b']);
  });
});
