import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate, type Month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { inputText, type JournalEntryDraft } from './journal-entry.ts';
import { canonicalEntryText } from './sealing.ts';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\u2028', '\ud800', '\u007f', 'é', '\n', 'Payment ch_1'));
const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(minorUnits);
const posting = fc.record({ accountCode: text, direction: fc.constantFrom('debit' as const, 'credit' as const), amount, currency: text, functionalAmount: amount, rate: fc.option(text), partyId: fc.option(text) });
const draft = fc.record({
  key: text, entryDate: fc.constant(localDate('2026-10-31')), kind: text, sourceType: text, sourceId: text, memo: text, concernsMonth: fc.constantFrom(undefined, '2026-09' as Month), reversesEntryId: fc.option(text, { nil: undefined }), postings: fc.array(posting, { maxLength: 4 }),
}).map(({ concernsMonth, reversesEntryId, ...rest }): JournalEntryDraft => ({ ...rest, ...(concernsMonth === undefined ? {} : { concernsMonth }), ...(reversesEntryId === undefined ? {} : { reversesEntryId }) }));

describe('the texts that are hashed', () => {
  it('are the JSON of the input, as ledgers of earlier versions hashed it', () => {
    fc.assert(fc.property(draft, (one) => {
      expect(inputText(one)).toBe(JSON.stringify([
        one.key, one.entryDate, one.kind, one.sourceType, one.sourceId, one.memo, one.concernsMonth ?? null, one.reversesEntryId ?? null,
        ...one.postings.map((line) => [line.accountCode, line.direction, line.amount, line.currency, line.functionalAmount, line.rate, line.partyId]),
      ]));
    }));
  });
  it('are the JSON of the sealed entry with its fields in the order of their names', () => {
    fc.assert(fc.property(draft, text, fc.integer({ min: 1 }), (one, other, sequence) => {
      const row = {
        ledger_sequence: sequence, id: other, entry_date: one.entryDate, recorded_at: sequence, kind: one.kind, source_type: one.sourceType, source_id: one.sourceId, idempotency_key: one.key, input_hash: other, reverses_entry_id: one.reversesEntryId ?? null,
        concerns_month: one.concernsMonth ?? null, memo: one.memo, previous_hash: other,
      };
      expect(canonicalEntryText(row, one.postings)).toBe(JSON.stringify({
        concernsMonth: row.concerns_month, entryDate: row.entry_date, id: row.id, idempotencyKey: row.idempotency_key, inputHash: row.input_hash, kind: row.kind, ledgerSequence: row.ledger_sequence, memo: row.memo,
        postings: one.postings.map((line) => ({ accountCode: line.accountCode, amount: line.amount, currency: line.currency, direction: line.direction, functionalAmount: line.functionalAmount, partyId: line.partyId, rate: line.rate })),
        previousHash: row.previous_hash, recordedAt: row.recorded_at, reversesEntryId: row.reverses_entry_id, sourceId: row.source_id, sourceType: row.source_type,
      }));
    }));
  });
});
