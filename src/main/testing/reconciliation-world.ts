/** Three stores that agree, for tests and benches of the reconciliation: what Stripe lists, the journal, the payment history. */
import { sql, type WritableDatabase } from '../database/handles.ts';
import type { GatewayBalanceTransactions, ListedBalanceTransaction } from '../reconciliation/gateway-balance-transactions.ts';
import { expectedStatusOf, paymentKindOf } from '../reconciliation/transaction-matching.ts';

export const comparedAccounts = { clearing: '1100-stripe-clearing', fees: '5000-payment-fees', conversion: '9000-currency-conversion', unapplied: '2000-unapplied-receipts', suspense: '9900-suspense' } as const;
const counterAccount = '1200-accounts-receivable';

/** Stripe as a list in memory, served in pages of 100, newest first, as the real one does. */
export function listedGateway(transactions: readonly ListedBalanceTransaction[]): Pick<GatewayBalanceTransactions, 'list' | 'exists' | 'textOf'> {
  return {
    async *list({ createdFrom, createdTo }) {
      const listed = transactions.filter((transaction) => (createdFrom === undefined || transaction.createdAt >= createdFrom) && (createdTo === undefined || transaction.createdAt < createdTo)).toReversed();
      for (let start = 0; start < listed.length; start += 100) yield await Promise.resolve(listed.slice(start, start + 100));
    },
    exists: (id) => Promise.resolve(transactions.some((transaction) => transaction.id === id)),
    textOf: (id) => Promise.resolve(transactions.some((transaction) => transaction.id === id) ? JSON.stringify({ id }) : undefined),
  };
}

const insertAccount = sql('world.account', "INSERT OR IGNORE INTO accounts (code, name, type, normal_side, description) VALUES (?, ?, 'asset', 'debit', '')");
const insertPosting = sql('world.posting', 'INSERT INTO posting_lines (ledger_sequence, line_number, account_code, direction, amount_minor, currency, functional_amount_minor, rate, party_id) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)');
const insertEntry = sql(
  'world.entry',
  "INSERT INTO journal_entries (ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, concerns_month, input_hash, memo, previous_hash, hash) VALUES (?, ?, ?, 0, 'payment', ?, ?, ?, ?, '', '', '', '')",
);
const insertRow = sql(
  'world.payment',
  "INSERT INTO payment_history (id, gateway, gateway_payment_id, gateway_balance_transaction_id, kind, amount_minor, currency, status, fee_minor, net_minor, refunded_minor, created_at) VALUES (?, 'stripe', ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
);

/** Posts one balanced entry: net on clearing, fee on payment fees, `held` on unapplied receipts or everything through conversion, the rest on a counter account. */
export function postEntry(database: WritableDatabase, sequence: number, entryId: string, entryDate: string, transaction: ListedBalanceTransaction, posted: { net?: number; fee?: number; currency?: string; sourceType?: string; held?: number; concernsMonth?: string; converted?: { readonly amountMinor: number; readonly currency: string } } = {}): void {
  for (const code of [...Object.values(comparedAccounts), counterAccount]) database.run(insertAccount, [code, code]);
  const currency = posted.currency ?? transaction.currency;
  const isFee = transaction.type === 'stripe_fee';
  const fee = posted.fee ?? (isFee ? -transaction.amountMinor : transaction.feeMinor);
  const net = posted.net ?? transaction.amountMinor - transaction.feeMinor;
  const held = posted.held ?? 0;
  const { converted } = posted;
  const lines: readonly (readonly [account: string, amount: number, currency: string])[] = [
    [comparedAccounts.clearing, net, currency], [comparedAccounts.fees, fee, currency],
    ...(converted ? [[comparedAccounts.conversion, -(net + fee), currency], [comparedAccounts.conversion, converted.amountMinor, converted.currency], [counterAccount, -converted.amountMinor, converted.currency]] as const : [[comparedAccounts.unapplied, held, currency], [counterAccount, -(net + fee + held), currency]] as const),
  ];
  let lineNumber = 0;
  for (const [account, amount, lineCurrency] of lines) {
    if (amount === 0) continue;
    lineNumber += 1;
    database.run(insertPosting, [sequence, lineNumber, account, amount > 0 ? 'debit' : 'credit', Math.abs(amount), lineCurrency, Math.abs(amount)]);
  }
  database.run(insertEntry, [sequence, entryId, entryDate, posted.sourceType ?? 'stripe-balance-transaction', transaction.id, entryId, posted.concernsMonth ?? null]);
}

/** The company's record of a transaction, with whatever is wrong about it; none for what it does not record. */
export function recordPayment(database: WritableDatabase, id: number, transaction: ListedBalanceTransaction, wrong: Partial<{ paymentId: string; balanceTransactionId: string | null; amount: number; fee: number; currency: string; status: string; createdAt: number }> = {}): void {
  const kind = paymentKindOf(transaction.type, transaction.reportingCategory);
  if (kind === null) return;
  const amount = wrong.amount ?? transaction.amountMinor;
  const fee = wrong.fee ?? transaction.feeMinor;
  database.run(insertRow, [
    id, wrong.paymentId ?? transaction.sourceId, wrong.balanceTransactionId === undefined ? transaction.id : wrong.balanceTransactionId, kind, amount, wrong.currency ?? transaction.currency, wrong.status ?? expectedStatusOf(kind, transaction.amountMinor),
    fee, amount - fee, wrong.createdAt ?? transaction.createdAt,
  ]);
}
