/** What other rooms are told of the bank, on a desk with real statements. */
import { expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { unattended } from '../platform/work-control.ts';
import { listBankLines } from '../reporting/banking.queries.ts';
import { openBankDesk } from '../testing/bank-desk.ts';
import { camtFile } from '../testing/bank-files.ts';
import { composeBankLines } from './bank-lines.ts';

const statement = camtFile([{
  id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '2214.50',
  entries: [{ amount: '10.00', text: 'Somebody', reference: 'B-1', on: '2026-11-01' }, { amount: '1204.50', text: 'STRIPE po_here', reference: 'B-2', on: '2026-11-17' }],
}]).replaceAll('2026-11-16', '2026-11-01');

test('without a statement nothing is said of the bank', () => {
  using desk = openBankDesk();
  desk.addPayout('po_one', 500, { arrivesOn: '2026-11-02' });
  const bank = composeBankLines(desk.billing.database);
  expect([bank.hasStatements(), bank.unmatched(localDate('2026-12-01')), bank.linesOf(['po_one']), bank.payoutsWithoutLine(['po_one'])]).toEqual([false, { count: 0, amounts: [] }, [], []]);
});

test('what is unmatched, what an object was matched with, and which payouts no line shows on the days that statements cover', async () => {
  using desk = openBankDesk();
  desk.addPayout('po_here', 120_450);
  desk.addPayout('po_missing', 700, { arrivesOn: '2026-11-03' });
  desk.addPayout('po_before', 700, { arrivesOn: '2026-10-03' });
  desk.addPayout('po_on_its_way', 700, { arrivesOn: '2026-11-16' });
  desk.addPayout('po_elsewhere', 700, { arrivesOn: '2026-11-03', currency: 'eur' });
  const bank = composeBankLines(desk.billing.database);
  await desk.importText(statement);
  expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1 });
  expect(bank.hasStatements()).toBe(true);
  expect(bank.unmatched(localDate('2026-11-02'))).toEqual({ count: 1, amounts: [{ amount: 1_000, currency: 'usd' }] });
  expect(bank.unmatched(localDate('2026-11-01'))).toEqual({ count: 0, amounts: [] });
  const [open] = listBankLines(desk.billing.database, { startAt: 0, limit: 10, filter: { state: 'open' } }).rows;
  expect(bank.linesOf(['po_here'])).toMatchObject([{ amountMinor: 120_450, link: expect.stringContaining('state=matched') }]);
  expect(bank.linesOf([open?.id ?? ''])).toEqual([expect.objectContaining({ amountMinor: 1_000, currency: 'usd', bookedOn: '2026-11-01', text: expect.stringContaining('Somebody'), link: expect.stringMatching(new RegExp(`^/reconciliation/bank\\?account=[^&]+&line=${open?.id}$`, 'u')) })]);
  const asked = ['po_here', 'po_missing', 'po_before', 'po_on_its_way', 'po_elsewhere', 'po_unknown'];
  expect(bank.payoutsWithoutLine(asked)).toEqual(['po_missing']);
});
