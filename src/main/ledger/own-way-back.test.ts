import { describe, expect, it } from 'vitest';
import { ownWayBack } from './own-way-back.ts';

const entry = (sourceType: string, key: string, kind = 'x', sourceId = 'id_1') => ({ key, kind, sourceType, sourceId });

describe('an entry that came of something which is taken back itself', () => {
  it.each([
    ['bank-match', 'bank-match/m1/receipt/r1', 'x', 'the match of a bank line', 'unmatch id_1'],
    ['bank-payout', 'payout-arrival/po_1/1', 'payout-arrived', 'the match of a bank line', 'unmatch MATCH'],
    ['invoice', 'partner-invoice/id_1/finalised', 'invoice-finalised', 'an invoice', 'invoice void id_1'],
    ['invoice', 'partner-invoice/id_1/voided', 'invoice-voided', 'voiding an invoice', 'stays void'],
    ['invoice', 'receivable-act/act_7', 'write-off', 'an act on an invoice or a receipt', 'unapply act_7'],
    ['receipt', 'receivable-act/act_8', 'receipt', 'an act on an invoice or a receipt', 'unapply act_8'],
    ['recognition', 'recognition/il_1/2026-10', 'recognition', 'the recognition of revenue', 'revenue recognise'],
    ['revaluation', 'revaluation/2026-10/1000-bank/eur', 'x', 'the close of its month', 'Reopen the month'],
    ['discrepancy', 'reconciliation/d1/1', 'reconciliation-adjustment', 'the work on a discrepancy', 'in its panel'],
  ])('of %s (%s) names the way', (sourceType, key, kind, cameOf, way) => {
    const found = ownWayBack(entry(sourceType, key, kind));
    expect(found?.cameOf).toBe(cameOf);
    expect(found?.nextStep).toContain(way);
  });

  it.each([['stripe-balance-transaction', 'stripe/acct/test/balance_transaction/txn_1/payment'], ['manual', 'manual/1'], ['invoice', 'reversal/entry-1']])('is none of %s (%s)', (sourceType, key) => {
    expect(ownWayBack(entry(sourceType, key))).toBeUndefined();
  });
});
