import { expect, test } from 'vitest';
import { readAllocations, spreadOldestFirst } from './allocations.ts';

const invoices = [{ id: 'young', number: 'INV-2', dueOn: '2026-11-30', openMinor: 50_000 }, { id: 'old', number: 'INV-1', dueOn: '2026-09-30', openMinor: 120_050 }, { id: 'undated', number: null, dueOn: null, openMinor: 0 }];

test('the oldest is paid first, as far as the money reaches', () => {
  expect(spreadOldestFirst(invoices, 130_000, 'eur', 'de-DE')).toEqual({ old: '1.200,50', young: '99,50' });
  expect(spreadOldestFirst(invoices, 200_000, 'eur', 'de-DE')).toEqual({ old: '1.200,50', young: '500,00' });
});

test('what is typed is read by the locale; empty boxes take nothing, too much is said', () => {
  expect(readAllocations(invoices, { old: '1.200,50', young: ' ' }, 'eur', 'de-DE')).toEqual({ allocations: [{ invoiceId: 'old', amountMinor: 120_050 }], problems: {}, appliedMinor: 120_050 });
  expect(readAllocations(invoices, { old: '1.200,51', young: 'all' }, 'eur', 'de-DE').problems).toEqual({ old: 'More than is due.', young: 'This is not a number.' });
});
