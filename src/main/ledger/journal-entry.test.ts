import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { assertBalanced, inputHashOf, reversalOf, type JournalEntryDraft, type PostingDraft } from './journal-entry.ts';
import { valuePostings, type UnvaluedPosting } from './valuation.ts';

const posting = (direction: 'debit' | 'credit', amount: number, currency = 'usd'): PostingDraft => ({ accountCode: '1000-bank', direction, amount: minorUnits(amount), currency, functionalAmount: minorUnits(amount), rate: null, partyId: null });
const draft = (...postings: PostingDraft[]): JournalEntryDraft => ({ key: 'k', entryDate: localDate('2026-10-31'), kind: 'payment', sourceType: 't', sourceId: 's', memo: 'm', postings });

describe('an entry', () => {
  it.each([
    ['has no postings', draft(), 'entry-without-postings'],
    ['has one posting', draft(posting('debit', 5)), 'entry-without-postings'],
    ['differs in one currency', draft(posting('debit', 5), posting('credit', 4)), 'entry-unbalanced'],
    ['balances only across currencies', draft(posting('debit', 5, 'usd'), posting('credit', 5, 'eur')), 'entry-unbalanced'],
    ['posts zero', draft(posting('debit', 0), posting('credit', 0)), 'posting-amount-invalid'],
    ['posts a negative amount', draft(posting('debit', -5), posting('credit', -5)), 'posting-amount-invalid'],
    ['differs in functional currency', draft(posting('debit', 5), { ...posting('credit', 5), functionalAmount: minorUnits(4) }), 'entry-functional-unbalanced'],
  ])('that %s is refused', (_, entry, code) => {
    expect(() => assertBalanced(entry)).toThrow(expect.objectContaining({ code }));
    expect(() => assertBalanced(entry)).toThrow(InvariantError);
  });

  it('keeps its hash when only its neighbours change, and changes it with any word of its own', () => {
    const entry = draft(posting('debit', 5), posting('credit', 5));
    expect(inputHashOf({ ...entry })).toBe(inputHashOf(entry));
    const others: JournalEntryDraft[] = [{ ...entry, memo: 'n' }, { ...entry, entryDate: localDate('2026-11-01') }, { ...entry, postings: [posting('debit', 6), posting('credit', 6)] }, { ...entry, key: 'l' }];
    expect(new Set([entry, ...others].map(inputHashOf)).size).toBe(5);
  });

  it('is undone by its reversal exactly', () => {
    const entry = draft(posting('debit', 5), posting('credit', 5));
    const reversal = reversalOf(entry, 'id', { key: 'k/void', entryDate: localDate('2026-11-02'), kind: 'void', memo: 'v' });
    expect(reversal).toMatchObject({ reversesEntryId: 'id', sourceId: 's', postings: [{ direction: 'credit', amount: 5 }, { direction: 'debit', amount: 5 }] });
  });
});

describe('functional amounts', () => {
  const unvalued = (direction: 'debit' | 'credit', amount: number, currency: string): UnvaluedPosting => ({ accountCode: 'a', direction, amount: minorUnits(amount), currency, partyId: null });

  it('take the rate of their currency, with its exponent', () => {
    const valued = valuePostings([unvalued('debit', 1000, 'jpy'), unvalued('credit', 1000, 'jpy'), unvalued('debit', 1230, 'kwd'), unvalued('credit', 1230, 'kwd')], 'usd', (currency) => ({ jpy: '0.0067', kwd: '3.25' })[currency]);
    expect(valued.isValued && valued.postings.map((one) => [one.functionalAmount, one.rate])).toEqual([[670, '0.0067'], [670, '0.0067'], [400, '3.25'], [400, '3.25']]);
  });

  it('are not guessed: without a rate the currency is named', () => {
    expect(valuePostings([unvalued('debit', 1, 'eur'), unvalued('credit', 1, 'eur')], 'usd', () => undefined)).toEqual({ isValued: false, missingCurrency: 'eur' });
  });

  it('balance whatever the amounts and the rate', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5_000_000 }), (debits, parts, micros) => {
        const total = debits.reduce((sum, amount) => sum + amount, 0);
        const credits = Array.from({ length: parts }, (_, index) => (index === parts - 1 ? total - Math.floor(total / parts) * (parts - 1) : Math.floor(total / parts))).filter((amount) => amount > 0);
        const rate = `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
        const valued = valuePostings([...debits.map((amount) => unvalued('debit', amount, 'eur')), ...credits.map((amount) => unvalued('credit', amount, 'eur'))], 'usd', () => rate);
        if (!valued.isValued) throw new Error('not valued');
        assertBalanced({ ...draft(), postings: valued.postings.length > 1 ? valued.postings : [] });
      }),
    );
  });
});
