/** A desk with bank statements on a real ledger file: invoices of a partner, payouts in the books, and files to import. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { composeBanking, type Banking } from '../composition/banking.ts';
import { sql } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { readChartOfAccounts } from '../ledger/chart-of-accounts.ts';
import { createJournal } from '../ledger/journal.ts';
import { ensureAccounts } from '../ledger/journal.repository.ts';
import { unattended } from '../platform/work-control.ts';
import { createReceivableViews } from '../receivables/receivable-views.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { openBillingDesk, testNow, type BillingDesk } from './billing-desk.ts';
import type { TemporaryDatabase } from './temporary-database.ts';
import { flatContract } from './billing-fixtures.ts';

export interface BankDesk extends Disposable {
  readonly billing: BillingDesk;
  readonly banking: Banking;
  /** Imports text or bytes as a file. */
  importText(text: string | Uint8Array, more?: { readonly mapping?: string; readonly account?: string; readonly fileName?: string; readonly signal?: AbortSignal }): ReturnType<Banking['imports']['importFile']>;
  fileOf(text: string | Uint8Array): string;
  /** A payout at Stripe and its entry in the books. */
  addPayout(id: string, amountMinor: number, more?: { readonly currency?: string; readonly arrivesOn?: string; readonly functionalMinor?: number; readonly isBooked?: boolean }): void;
  /** A credit note at Stripe that was paid back outside of it: its money is on its way out. */
  addOutsideRepayment(id: string, amountMinor: number, given: { readonly number: string; readonly invoice: string; readonly on?: string }): void;
  /** An invoice at Stripe that was paid outside of it, as the books have it: its money on cash in transit. */
  addOutsidePayment(id: string, amountMinor: number, more?: { readonly number?: string; readonly customer?: string; readonly on?: string; readonly currency?: string; readonly functionalMinor?: number }): void;
}

const insertCustomer = sql('test.customer', "INSERT OR IGNORE INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES (?, ?, 0, 0, '{}')");
const insertOutsideNote = sql('test.outside-note', "INSERT INTO stripe_credit_notes (id, number, invoice_id, total_minor, subtotal_minor, tax_minor, currency, status, type, pre_payment_minor, post_payment_minor, out_of_band_minor, customer_balance_minor, created_at, observed_at, raw) VALUES (?, ?, ?, ?, ?, 0, 'usd', 'issued', 'post_payment', 0, ?, ?, 0, 0, 0, '{}')");
const insertOutside = sql('test.outside', "INSERT INTO stripe_invoices (id, number, customer_id, status, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, is_paid_out_of_band, created_at, observed_at, raw) VALUES (?, ?, ?, 'paid', ?, ?, 0, 0, ?, ?, 0, 0, 1, 0, 0, '{}')");
const insertPayout = sql('test.payout', "INSERT INTO stripe_payouts (id, amount_minor, currency, status, balance_transaction_id, arrival_at, created_at, observed_at, raw) VALUES (?, ?, ?, 'paid', ?, ?, ?, 0, ?)");

/**
 * @param ledger one that was filled before.
 * @param isRegisterFar what is recorded with receivables waits for its turn, as at a shared database: other work goes on in between.
 */
export function openBankDesk(contracts: readonly PartnerContractRow[] = [flatContract], ledger?: TemporaryDatabase, isRegisterFar = false): BankDesk {
  const billing = openBillingDesk({ contracts, ...(ledger ? { ledger } : {}) });
  const { database } = billing;
  const receivables: typeof billing.receivables = isRegisterFar ? { ...billing.receivables, recordReceipt: async (...receipt) => nextTurn().then(() => billing.receivables.recordReceipt(...receipt)) } : billing.receivables;
  const clock = fixedClock(Date.parse(testNow));
  const journal = createJournal({ clock });
  database.unitOfWork.run('test.chart', (writable) => ensureAccounts(writable, readChartOfAccounts()));
  const banking = composeBanking({
    database, journal, audit: createAuditLog({ clock }), clock, receivables, receivableViews: createReceivableViews({ readable: database, invoices: invoiceStore }), functionalCurrency: () => 'usd',
  });
  let files = 0;
  const fileOf = (text: string | Uint8Array): string => {
    files += 1;
    const file = join(billing.folder, `statement-${files}`);
    writeFileSync(file, text);
    return file;
  };
  return {
    billing, banking, fileOf,
    importText: (text, { signal, fileName = 'statement.xml', ...more } = {}) => banking.imports.importFile({ file: fileOf(text), fileName, ...more }, 'amara', { ...unattended, ...(signal ? { signal } : {}) }),
    addPayout(id, amountMinor, { currency = 'usd', arrivesOn = '2026-11-17', functionalMinor = amountMinor, isBooked = true } = {}) {
      const arrival = Date.parse(`${arrivesOn}T00:00:00Z`);
      const rate = currency === 'usd' ? null : '1.1';
      database.unitOfWork.run('test.payout', (writable) => {
        writable.run(insertPayout, [id, amountMinor, currency, `txn_${id}`, arrival, arrival - 2 * 86_400_000, JSON.stringify({ trace_id: { status: 'supported', value: `TRACE${id}` } })]);
        if (!isBooked) return;
        const posting = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(amountMinor), currency, functionalAmount: minorUnits(functionalMinor), rate, partyId: null });
        journal.post(writable, [{
          key: `stripe/acct/test/txn_${id}/payout`, entryDate: localDate(arrivesOn), kind: 'payout', sourceType: 'stripe-balance-transaction', sourceId: `txn_${id}`, memo: 'Payout', postings: [posting(accountCodes.cashInTransit, 'debit'), posting(accountCodes.stripeClearing, 'credit')],
        }]);
      });
    },
    addOutsidePayment(id, amountMinor, { number = `IN-${id}`, customer = 'Harbour Conveyancing', on = '2026-11-17', currency = 'usd', functionalMinor = amountMinor } = {}) {
      database.unitOfWork.run('test.outside-payment', (writable) => {
        writable.run(insertCustomer, [`cus_${customer}`, customer]);
        writable.run(insertOutside, [id, number, `cus_${customer}`, currency, amountMinor, amountMinor, amountMinor]);
        const posting = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(amountMinor), currency, functionalAmount: minorUnits(functionalMinor), rate: currency === 'usd' ? null : '1.1', partyId: null });
        journal.post(writable, [{
          key: `stripe/acct/test/invoice/${id}/invoice-paid-out-of-band`, entryDate: localDate(on), kind: 'invoice-paid-out-of-band', sourceType: 'stripe-invoice', sourceId: id, memo: `Invoice ${id} paid outside Stripe`, postings: [posting(accountCodes.cashInTransit, 'debit'), posting(accountCodes.receivable, 'credit')],
        }]);
      });
    },
    addOutsideRepayment(id, amountMinor, { number, invoice, on = '2026-11-17' }) {
      database.unitOfWork.run('test.outside-repayment', (writable) => {
        writable.run(insertOutsideNote, [id, number, invoice, amountMinor, amountMinor, amountMinor, amountMinor]);
        const posting = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(amountMinor), currency: 'usd', functionalAmount: minorUnits(amountMinor), rate: null, partyId: null });
        journal.post(writable, [{ key: `stripe/acct/test/credit_note/${id}/credit-note-issued`, entryDate: localDate(on), kind: 'credit-note-issued', sourceType: 'stripe-credit-note', sourceId: id, memo: `Credit note ${id}`, postings: [posting(accountCodes.creditNotes, 'debit'), posting(accountCodes.cashInTransit, 'credit')] }]);
      });
    },
    [Symbol.dispose]: () => billing[Symbol.dispose](),
  };
}
