import { describe, expect, it } from 'vitest';
import { differencesBetween, nothingAcknowledged, readAcknowledged, troublesOf } from './crash-checks.ts';
import { postSales } from './small-books.ts';
import { openTemporaryDatabase } from './temporary-database.ts';

function ledgerWith(sales: number, nowMs = 0) {
  const ledger = openTemporaryDatabase();
  postSales(ledger.database, 'sale', sales, nowMs);
  return ledger;
}

describe('what is looked at after a crash', () => {
  it('is fine where nothing happened', async () => {
    using ledger = ledgerWith(3);
    const acknowledged = readAcknowledged(ledger.file);
    expect(acknowledged).toMatchObject({ head: { sequence: 3 } });
    expect(await troublesOf(ledger.file, acknowledged ?? nothingAcknowledged)).toEqual([]);
  });

  it('finds that what was acknowledged is gone, or is another', async () => {
    using ledger = ledgerWith(3);
    using shorter = ledgerWith(2);
    using other = ledgerWith(3, 1);
    const acknowledged = readAcknowledged(ledger.file) ?? nothingAcknowledged;
    for (const file of [shorter.file, other.file]) expect(await troublesOf(file, acknowledged)).toEqual(['entry 3 was acknowledged and is gone']);
    expect(await troublesOf(ledger.file, { ...acknowledged, rowsSeen: 5, staged: 4 })).toHaveLength(2);
  });

  it('finds a posting that is gone', async () => {
    using ledger = ledgerWith(3);
    ledger.database.connection.exec('DROP TRIGGER postings_immutable_delete; DELETE FROM posting_lines WHERE ledger_sequence = 2 AND line_number = 1');
    expect((await troublesOf(ledger.file, nothingAcknowledged)).map((trouble) => trouble.split(':')[0])).toEqual(['trial balance', 'trial balance', 'ledger verify']);
  });

  it('tells two ledgers apart by an object and by an entry', () => {
    using left = ledgerWith(3);
    using right = ledgerWith(2);
    right.database.connection.exec("INSERT INTO stripe_customers (id, is_deleted, balance_minor, created_at, observed_at, raw) VALUES ('cus_1', 0, 0, 0, 0, '{}')");
    expect(differencesBetween(left.file, right.file).map((difference) => difference.split(':')[0])).toEqual(['stripe_customers', 'books']);
    expect(differencesBetween(left.file, left.file)).toEqual([]);
  });
});
