/**
 * What each source says now of what a difference is about: Stripe as it was listed, the journal, the company’s records and the bank. compared-fields.ts puts it side by side.
 */
import { localDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { currencyExponent, isCurrencyCode } from '../../shared/money/currency.ts';
import { parseDecimal } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { idFromKey } from '../platform/ids.ts';
import { discrepancyKeyOf, type ComparedStore, type DiscrepancyReason } from '../reconciliation/transaction-matching.ts';
import { listLinesOf } from './bank-lines.queries.ts';
import type { ComparedSides, RecordName, SourceRecord } from './compared-fields.ts';

/** One side of a difference, as a run kept it. */
export interface KeptSide {
  readonly amountMinor: number;
  readonly feeMinor: number | null;
  readonly currency: string;
  readonly status: string | null;
  readonly createdAt: number | null;
  readonly rowId: number | null;
}

/** A difference as far as its sources are asked for. */
export interface SourcesQuestion {
  readonly id: string;
  readonly level: 'drift' | 'transactions' | 'payouts' | 'bank';
  readonly reason: DiscrepancyReason;
  readonly store: ComparedStore;
  readonly objectId: string;
  readonly balanceTransactionId: string | null;
  readonly currency: string;
  readonly occurredOn: string;
  readonly stripe: KeptSide | null;
  readonly other: KeptSide | null;
  /** Of a pair by attributes: the store’s own ids. */
  readonly pair: { readonly objectId: string; readonly balanceTransactionId: string | null } | null;
}

export interface SourcesAnswer {
  readonly sides: ComparedSides;
  /** The first of the entries; null: the journal has none. */
  readonly journalEntryId: string | null;
  /** Where Stripe’s object is no balance transaction: what it came as. */
  readonly raw: string | null;
  /** The bank line it is about, or that shows it. */
  readonly bankLine: { readonly id: string; readonly link: string } | null;
  /** The ledger account of the bank whose line it is about. */
  readonly bankAccountCode?: string;
}

const part = encodeURIComponent;
const nothing: ComparedSides = { stripe: [], ledger: [], sharedDatabase: [], bank: [] };
const plain = { amountMinor: null, feeMinor: null, status: null, date: null, comparedOn: null, names: [] as RecordName[] };

export function readComparedSources(database: ReadableDatabase, question: SourcesQuestion, zone: TimeZone): SourcesAnswer {
  if (question.reason === 'balance-not-proved') return readBalance(database, question);
  if (question.level === 'bank') return readAtBank(database, question);
  if (question.level === 'payouts') return readPayout(database, question, question.objectId);
  return readTransaction(database, question, zone);
}

// ── A balance transaction ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const mirrored = sql('compared.transaction', 'SELECT exchange_rate AS "exchangeRate", payout_id AS "payoutId", created_at AS "createdAt" FROM stripe_balance_transactions WHERE id = ?');
const seenByCustomer = sql(
  'compared.seen',
  `SELECT amount_minor AS "amountMinor", currency FROM stripe_charges WHERE id = :id UNION ALL SELECT -amount_minor, currency FROM stripe_refunds WHERE id = :id UNION ALL SELECT -amount_minor, currency FROM stripe_disputes WHERE id = :id LIMIT 1`,
);
const paymentBehind = sql(
  'compared.payment',
  `SELECT r.charge_id AS id, EXISTS (SELECT 1 FROM stripe_balance_transactions AS t WHERE t.source_id = r.charge_id) AS "isListed" FROM stripe_refunds AS r WHERE r.id = ?`,
);
const signed = "iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)";
const entriesOf = sql(
  'compared.entries',
  `SELECT e.id, e.ledger_sequence AS sequence, e.entry_date AS "entryDate", e.concerns_month AS "concernsMonth", p.currency, sum(iif(p.account_code = '${accountCodes.stripeClearing}', ${signed}, 0)) AS "clearingMinor",
          sum(iif(p.account_code = '${accountCodes.paymentFees}', ${signed}, 0)) AS "feeMinor", sum(iif(p.account_code = '${accountCodes.currencyConversion}', ${signed}, 0)) AS "convertedMinor",
          sum(iif(p.account_code IN ('${accountCodes.unappliedReceipts}', '${accountCodes.suspense}'), ${signed}, 0)) AS "waitingMinor"
     FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.source_type = :type AND e.source_id = :source GROUP BY e.ledger_sequence, p.currency ORDER BY e.ledger_sequence`,
);
const rowColumns = 'id, amount_minor AS "amountMinor", fee_minor AS "feeMinor", currency, status, created_at AS "createdAt"';
const rowById = sql('compared.row', `SELECT ${rowColumns} FROM payment_history WHERE id = ?`);
const rowsOfTransaction = sql('compared.rows', `SELECT ${rowColumns} FROM payment_history WHERE gateway_balance_transaction_id = :transaction AND status <> 'failed' ORDER BY (amount_minor = :amount AND currency = :currency) DESC, id LIMIT 20`);
const rowOfPayment = sql(
  'compared.row-of-payment',
  // One that names another transaction is another payment’s record.
  `SELECT ${rowColumns} FROM payment_history WHERE gateway_payment_id = :object AND status <> 'failed' AND (gateway_balance_transaction_id IS NULL OR :transaction IS NULL) ORDER BY id LIMIT 1`,
);

interface EntryRow {
  readonly id: string;
  readonly sequence: number;
  readonly entryDate: string;
  readonly concernsMonth: string | null;
  readonly currency: string;
  readonly clearingMinor: number;
  readonly feeMinor: number;
  readonly convertedMinor: number;
  readonly waitingMinor: number;
}
interface HistoryRow {
  readonly id: number;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly status: string;
  readonly createdAt: number;
}

function readTransaction(database: ReadableDatabase, question: SourcesQuestion, zone: TimeZone): SourcesAnswer {
  const { stripe: kept, store, pair, balanceTransactionId, objectId } = question;
  const transaction = balanceTransactionId === null ? undefined : database.get<{ exchangeRate: string | null; payoutId: string | null; createdAt: number }>(mirrored, [balanceTransactionId]);
  // The entry of a pair stands under the other id.
  const entryId = pair && store === 'ledger' ? pair.objectId : balanceTransactionId;
  const rows = entryId === null ? [] : database.all<EntryRow>(entriesOf, { type: 'stripe-balance-transaction', source: entryId });
  const posted = database.all<EntryRow>(entriesOf, { type: 'discrepancy', source: question.id });
  const ledger = ledgerRecords(question, rows, posted, transaction?.exchangeRate ?? null);
  const stripe = kept === null ? [] : [stripeRecord(database, question, kept, transaction?.exchangeRate ?? null, zone)];
  const lines = listLinesOf(database, [objectId, ...(balanceTransactionId ? [balanceTransactionId] : []), ...(transaction?.payoutId ? [transaction.payoutId] : [])]);
  // What a payout brought is on its line with many others: the line is named, its amount is not this payment’s.
  const bank = lines.map((line): SourceRecord => ({ ...plain, currency: line.currency, date: line.bookedOn, names: [{ text: 'In a bank line', link: line.link }], isMatched: true }));
  return { sides: { stripe, ledger, sharedDatabase: sharedRecords(database, question, zone), bank }, journalEntryId: rows[0]?.id ?? null, raw: null, bankLine: lines[0] ?? null };
}

function stripeRecord(database: ReadableDatabase, { reason, objectId, balanceTransactionId, pair }: SourcesQuestion, kept: KeptSide, exchangeRate: string | null, zone: TimeZone): SourceRecord {
  const isOfRate = reason === 'exchange-rate-differs';
  const seen = isOfRate ? database.get<{ amountMinor: number; currency: string }>(seenByCustomer, { id: objectId }) : undefined;
  return {
    ...plain, amountMinor: kept.amountMinor, feeMinor: kept.feeMinor, currency: kept.currency, status: kept.status, date: kept.createdAt === null ? null : new Date(kept.createdAt).toISOString(),
    comparedOn: kept.createdAt === null ? null : zone.dateOf(kept.createdAt), names: [{ text: objectId, link: paymentLink(objectId) }],
    ...(isOfRate && exchangeRate !== null ? { exchangeRate } : {}), ...(seen ? { seen } : {}), ...(pair && balanceTransactionId !== null ? { id: balanceTransactionId } : {}),
    ...(reason === 'orphan-refund' ? { payment: paymentOf(database, objectId) } : {}),
  };
}

/** The payment a refund takes back; null: Stripe lists none. */
function paymentOf(database: ReadableDatabase, refundId: string): RecordName | null {
  const behind = database.get<{ id: string | null; isListed: number }>(paymentBehind, [refundId]);
  return behind?.id && behind.isListed === 1 ? { text: behind.id, link: paymentLink(behind.id) } : null;
}

const paymentLink = (id: string): string | null => (/^(ch|py|re|pyr|du|dp|pi)_/.test(id) ? `/invoices/payments/${part(id)}` : null);
const entryName = ({ id, sequence }: Pick<EntryRow, 'id' | 'sequence'>): RecordName => ({ text: `Entry ${sequence}`, link: `/ledger/entries/${part(id)}` });

/** All entries of the transaction as one record, as the comparison sums them; each by itself where one is too many. */
function ledgerRecords(question: SourcesQuestion, rows: readonly EntryRow[], posted: readonly EntryRow[], exchangeRate: string | null): SourceRecord[] {
  const currency = question.stripe?.currency ?? question.other?.currency ?? question.currency;
  const adjustedMinor = sumOf(posted.filter((row) => row.currency === currency), 'clearingMinor');
  if (rows.length === 0) return adjustedMinor === 0 ? [] : [{ ...plain, currency, names: namesOf(posted), amountMinor: 0, feeMinor: 0, adjustedMinor }];
  const sequences = [...Map.groupBy(rows, (row) => row.sequence).values()];
  const isTwice = question.reason === 'duplicate-in-ledger' && question.stripe !== null && sumOf(rows.filter((row) => row.currency === currency), 'clearingMinor') !== netOf(question.stripe);
  if (isTwice) return sequences.map((own, index) => ({ ...ledgerRecord(question, currency, own), isSuperfluous: index > 0 }));
  const whole = ledgerRecord(question, currency, rows);
  const isOfRate = question.reason === 'exchange-rate-differs' && exchangeRate !== null;
  const converted = isOfRate ? rows.find((row) => row.currency !== currency && row.convertedMinor !== 0) : undefined;
  const waitingMinor = sumOf([...rows, ...posted].filter((row) => row.currency === currency), 'waitingMinor');
  return [{
    ...whole, names: [...whole.names, ...namesOf(posted)], ...(adjustedMinor === 0 ? {} : { adjustedMinor }),
    ...(converted && question.stripe ? { seen: { amountMinor: converted.convertedMinor, currency: converted.currency }, exchangeRate: rateBetween(converted, question.stripe, exchangeRate ?? '0') } : {}),
    ...(question.reason === 'orphan-refund' || question.reason === 'dispute-without-write-off' ? { waitingMinor } : {}), ...(question.pair && question.store === 'ledger' ? { id: question.pair.balanceTransactionId ?? question.pair.objectId } : {}),
  }];
}

const netOf = ({ amountMinor, feeMinor }: KeptSide): number => amountMinor - (feeMinor ?? 0);
const sumOf = (rows: readonly EntryRow[], column: 'clearingMinor' | 'feeMinor' | 'waitingMinor'): number => rows.reduce((sum, row) => sum + row[column], 0);
const namesOf = (rows: readonly EntryRow[]): RecordName[] => [...new Map(rows.map((row) => [row.id, row])).values()].map(entryName);

function ledgerRecord({ stripe }: SourcesQuestion, asked: string, rows: readonly EntryRow[]): SourceRecord {
  // The clearing account moved in another currency than Stripe settled in: that is the one to be shown.
  const currency = rows.find((row) => row.currency !== asked && row.clearingMinor !== 0)?.currency ?? asked;
  const own = rows.filter((row) => row.currency === currency);
  const last = rows.at(-1);
  const netMinor = sumOf(own, 'clearingMinor');
  const feeMinor = sumOf(own, 'feeMinor');
  // Only payments, refunds and disputes carry their fee beside the amount; a fee billed by itself is the amount (ledger-matching.ts).
  const isPayment = stripe === null || stripe.status !== null;
  const hasOwnDay = new Set(rows.map((row) => row.sequence)).size > 1 || (last?.concernsMonth != null && stripe !== null);
  return {
    ...plain, amountMinor: isPayment ? netMinor + feeMinor : netMinor + (stripe.feeMinor ?? 0), feeMinor: isPayment ? feeMinor : null, currency, date: last?.entryDate ?? null, comparedOn: last && !hasOwnDay ? localDate(last.entryDate) : null, names: namesOf(rows),
  };
}

/** The rate at which the books converted, to six places, between the units that Stripe’s own rate is between: the smallest ones, or the whole ones. */
function rateBetween(seen: Pick<EntryRow, 'convertedMinor' | 'currency'>, settled: Pick<KeptSide, 'amountMinor' | 'currency'>, stripeRate: string): string {
  const scale = 1_000_000n;
  const over = BigInt(Math.abs(seen.convertedMinor));
  const minor = (BigInt(Math.abs(settled.amountMinor)) * scale * 2n + over) / (over * 2n);
  const exponents = isCurrencyCode(seen.currency) && isCurrencyCode(settled.currency) ? [currencyExponent(seen.currency), currencyExponent(settled.currency)] as const : [0, 0] as const;
  const major = (BigInt(Math.abs(settled.amountMinor)) * 10n ** BigInt(exponents[0]) * scale * 2n + over * 10n ** BigInt(exponents[1])) / (over * 10n ** BigInt(exponents[1]) * 2n);
  const stripe = parseDecimal(stripeRate);
  const apart = (rate: bigint): bigint => { const difference = rate * stripe.denominator - stripe.numerator * scale; return difference < 0n ? -difference : difference; };
  const rate = apart(minor) <= apart(major) ? minor : major;
  return `${rate / scale}.${String(rate % scale).padStart(6, '0')}`;
}

function sharedRecords(database: ReadableDatabase, question: SourcesQuestion, zone: TimeZone): SourceRecord[] {
  const { store, reason, other, stripe, objectId, balanceTransactionId, pair } = question;
  const ofRow = (row: HistoryRow): SourceRecord => ({
    ...plain, amountMinor: row.amountMinor, feeMinor: row.feeMinor, currency: row.currency, status: row.status, date: new Date(row.createdAt).toISOString(), comparedOn: zone.dateOf(row.createdAt), names: [{ text: `Row ${row.id}`, link: null }],
    ...(pair && store === 'payment_history' ? { id: pair.balanceTransactionId ?? pair.objectId } : {}),
  });
  const rows = balanceTransactionId === null ? [] : database.all<HistoryRow>(rowsOfTransaction, { transaction: balanceTransactionId, amount: stripe?.amountMinor ?? null, currency: stripe?.currency ?? null });
  if (store === 'payment_history' && other?.rowId != null) {
    // As it is now; one that is gone as the run saw it, but for a second one, which is right not to be there.
    const row = database.get<HistoryRow>(rowById, [other.rowId]) ?? (reason === 'duplicate-in-payment-history' ? undefined : { ...other, id: other.rowId, feeMinor: other.feeMinor ?? 0, status: other.status ?? '', createdAt: other.createdAt ?? 0 });
    if (reason !== 'duplicate-in-payment-history') return row ? [ofRow(row)] : [];
    const first = rows.find((one) => one.id !== row?.id);
    return [...(first ? [ofRow(first)] : []), ...(row && row.status !== 'failed' ? [{ ...ofRow(row), isSuperfluous: first !== undefined }] : [])];
  }
  const row = rows[0] ?? database.get<HistoryRow>(rowOfPayment, { object: objectId, transaction: balanceTransactionId });
  return row ? [ofRow(row)] : [];
}

// ── A payout ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const payoutOf = sql('compared.payout', 'SELECT id, amount_minor AS "amountMinor", currency, status, balance_transaction_id AS "transactionId", created_at AS "createdAt", date(arrival_at / 1000, \'unixepoch\') AS "arrivesOn", raw FROM stripe_payouts WHERE id = ?');
const sumOfPayout = sql(
  'compared.payout-transactions',
  `SELECT sum(${signed}) AS "amountMinor" FROM stripe_balance_transactions AS t JOIN journal_entries AS e ON e.source_type = 'stripe-balance-transaction' AND e.source_id = t.id JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE t.payout_id = :payout AND t.id IS NOT :own AND p.account_code = '${accountCodes.stripeClearing}' AND p.currency = :currency`,
);

/** What is paid out is positive on all sides: on Stripe’s balance and on the clearing account it goes out, at the bank it comes in. */
function readPayout(database: ReadableDatabase, question: SourcesQuestion, payoutId: string): SourcesAnswer {
  const payout = database.get<{ id: string; amountMinor: number; currency: string; status: string; transactionId: string | null; createdAt: number; arrivesOn: string; raw: string }>(payoutOf, [payoutId]);
  const currency = payout?.currency ?? question.currency;
  const transactionId = payout?.transactionId ?? question.balanceTransactionId;
  const rows = transactionId === null ? [] : database.all<EntryRow>(entriesOf, { type: 'stripe-balance-transaction', source: transactionId });
  const own = rows.filter((row) => row.currency === currency);
  const isTie = question.level === 'payouts' && question.other !== null;
  const bookedMinor = isTie ? (database.get<{ amountMinor: number | null }>(sumOfPayout, { payout: payoutId, own: transactionId, currency })?.amountMinor ?? null) : null;
  const stripe: SourceRecord = {
    ...plain, amountMinor: question.stripe?.amountMinor ?? payout?.amountMinor ?? null, currency, status: payout?.status ?? null, date: payout ? new Date(payout.createdAt).toISOString() : null,
    names: [{ text: payoutId, link: null }], ...(payout ? { arrivesOn: localDate(payout.arrivesOn) } : {}), ...(isTie && question.other ? { transactionsMinor: question.other.amountMinor } : {}),
  };
  const ledger = rows.length === 0 ? [] : [{
    ...plain, amountMinor: -(sumOf(own, 'clearingMinor') + sumOf(own, 'feeMinor')), feeMinor: sumOf(own, 'feeMinor') || null, currency, date: rows.at(-1)?.entryDate ?? null, names: namesOf(rows), ...(bookedMinor === null ? {} : { transactionsMinor: bookedMinor }),
  }];
  const lines = listLinesOf(database, [payoutId]);
  const bank = lines.map((line): SourceRecord => ({ ...plain, amountMinor: line.amountMinor, currency: line.currency, date: line.bookedOn, names: [{ text: 'Bank line', link: line.link }], isMatched: true }));
  return { sides: { ...nothing, stripe: [stripe], ledger, bank }, journalEntryId: rows[0]?.id ?? null, raw: payout?.raw ?? null, bankLine: lines[0] ?? null };
}

// ── A balance ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const newestProof = sql('compared.proof', `SELECT id, as_of_at AS "asOf", summary FROM reconciliation_runs WHERE level = 'payouts' AND EXISTS (SELECT 1 FROM json_each(summary, '$.proofs') AS proof WHERE json_extract(proof.value, '$.currency') = ?) ORDER BY finished_at DESC, id DESC LIMIT 1`);

const namedAlready = sql('compared.named-already', "SELECT coalesce(sum(-amount_minor), 0) AS \"amountMinor\" FROM discrepancies WHERE level = 'transactions' AND reason = 'missing-at-stripe' AND object_id = balance_transaction_id AND currency = ? AND status IN ('open', 'assigned', 'on-hold')");

interface KeptProofRow {
  readonly currency: string;
  readonly stripeMinor: number;
  readonly endingMinor: number;
  readonly clearingMinor: number;
  readonly ledgerMinor?: number;
  readonly unexplainedMinor: number;
  /** Absent of older runs. */
  readonly namedMinor?: number;
}

/** By the newest proof: what is proved again by now shows so. A desk that ran none has what the run kept with the difference. */
function readBalance(database: ReadableDatabase, { objectId, currency, stripe, other }: SourcesQuestion): SourcesAnswer {
  const run = database.get<{ id: string; asOf: number; summary: string }>(newestProof, [currency]);
  const proof = run && (JSON.parse(run.summary) as { proofs?: KeptProofRow[] }).proofs?.find((one) => one.currency === currency);
  const isClearing = objectId.startsWith('clearing-');
  if (!run || !proof) {
    const said = (side: KeptSide | null, more: Partial<SourceRecord>): SourceRecord[] => (side ? [{ ...plain, amountMinor: side.amountMinor, currency, ...more }] : []);
    const sides = isClearing ? { ...nothing, stripe: said(stripe, {}), ledger: said(other, stripe && other ? { withoutTransactionMinor: other.amountMinor - stripe.amountMinor } : {}) } : { ...nothing, stripe: said(stripe, other ? { transactionsMinor: other.amountMinor } : {}) };
    return { sides, journalEntryId: null, raw: null, bankLine: null };
  }
  const date = new Date(run.asOf).toISOString();
  const statement = `/ledger/statement?account=${part(accountCodes.stripeClearing)}&currency=${part(currency)}`;
  // Entries of transactions that Stripe does not list are differences of their own, and what was posted to settle one belongs to that.
  const withoutTransactionMinor = proof.unexplainedMinor - (proof.namedMinor ?? database.get<{ amountMinor: number }>(namedAlready, [currency])?.amountMinor ?? 0);
  return {
    sides: {
      ...nothing,
      stripe: [{ ...plain, amountMinor: proof.stripeMinor, currency, transactionsMinor: proof.endingMinor, date, names: [{ text: 'Run over payouts', link: `/reconciliation/runs/${part(run.id)}` }] }],
      ledger: [{ ...plain, amountMinor: proof.clearingMinor, currency, transactionsMinor: proof.ledgerMinor ?? proof.clearingMinor - proof.unexplainedMinor, ...(isClearing ? { withoutTransactionMinor } : {}), date, names: [{ text: 'Clearing account', link: statement }] }],
    },
    journalEntryId: null, raw: null, bankLine: null,
  };
}

// ── At the bank ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const lineById = sql('compared.line', 'SELECT l.id, l.amount_minor AS "amountMinor", a.currency, l.booked_on AS "bookedOn", l.match_id AS "matchId", a.ledger_account AS "ledgerAccount" FROM bank_lines AS l JOIN bank_accounts AS a ON a.id = l.account_id WHERE l.id = ?');
const linesOfDay = sql('compared.lines-of-day', 'SELECT l.id FROM bank_lines AS l JOIN bank_accounts AS a ON a.id = l.account_id WHERE l.booked_on = :on AND l.amount_minor = :amount AND a.currency = :currency ORDER BY l.id LIMIT 500');
const invoicesNamed = sql('compared.invoices', 'SELECT id FROM invoices WHERE invoice_number = :name UNION ALL SELECT id FROM stripe_invoices WHERE number = :name UNION ALL SELECT id FROM receivable_acts WHERE reference = :name LIMIT 20');
const matchById = sql('compared.match', 'SELECT id, entry_keys AS "entryKeys", residual_minor AS "residualMinor", residual_account AS "residualAccount", unmatched_at AS "unmatchedAt" FROM bank_matches WHERE id = ?');
const matchesOnSuspense = sql('compared.suspended', `SELECT m.id FROM bank_matches AS m JOIN bank_accounts AS a ON a.id = m.account_id WHERE m.residual_minor = :residual AND m.residual_account = '${accountCodes.suspense}' AND a.currency = :currency ORDER BY m.id LIMIT 500`);
const linesOfMatch = sql('compared.lines-of-match', 'SELECT line_id AS id FROM bank_match_lines WHERE match_id = ? ORDER BY line_id');
const partsOfMatch = sql('compared.parts', 'SELECT sum(amount_minor) AS "amountMinor" FROM bank_match_parts WHERE match_id = ?');
const entriesById = sql(
  'compared.entries-by-id',
  `SELECT e.id, e.ledger_sequence AS sequence, e.entry_date AS "entryDate", sum(iif(p.account_code = :account AND p.currency = :currency, ${signed}, 0)) AS "amountMinor"
     FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.id IN (SELECT value FROM json_each(:ids)) GROUP BY e.ledger_sequence ORDER BY e.ledger_sequence`,
);

interface LineRow {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly bookedOn: string;
  readonly matchId: string | null;
  readonly ledgerAccount: string;
}
interface MatchRow {
  readonly id: string;
  readonly entryKeys: string;
  readonly residualMinor: number;
  readonly residualAccount: string | null;
  readonly unmatchedAt: number | null;
}

function readAtBank(database: ReadableDatabase, question: SourcesQuestion): SourcesAnswer {
  if (question.reason === 'bank-line-unmatched') return readLine(database, database.get<LineRow>(lineById, [question.objectId]), question);
  if (question.reason === 'bank-residual') return readResidual(database, question);
  if (question.reason === 'payout-without-bank-line') return readPayout(database, question, question.objectId);
  return readNamedByLine(database, question);
}

function lineRecord(database: ReadableDatabase, line: LineRow): { readonly record: SourceRecord; readonly bankLine: SourcesAnswer['bankLine'] } {
  const bankLine = listLinesOf(database, [line.id])[0] ?? null;
  return { bankLine, record: { ...plain, amountMinor: line.amountMinor, currency: line.currency, date: line.bookedOn, names: [{ text: 'Bank line', link: bankLine?.link ?? null }], isMatched: line.matchId !== null } };
}

/** What the run kept of a line that is not on this desk. */
const keptLine = ({ other, occurredOn }: SourcesQuestion): SourceRecord[] => (other ? [{ ...plain, amountMinor: other.amountMinor, currency: other.currency, date: occurredOn }] : []);

function readLine(database: ReadableDatabase, line: LineRow | undefined, question: SourcesQuestion): SourcesAnswer {
  if (!line) return { sides: { ...nothing, bank: keptLine(question) }, journalEntryId: null, raw: null, bankLine: null };
  const { record, bankLine } = lineRecord(database, line);
  const match = line.matchId === null ? undefined : database.get<MatchRow>(matchById, [line.matchId]);
  const ledger = match ? bookedOfMatch(database, match, line) : [];
  return { sides: { ...nothing, ledger, bank: [record] }, journalEntryId: null, raw: null, bankLine, bankAccountCode: line.ledgerAccount };
}

/** What the entries of a match moved the bank’s account by. A receipt stands on it already: then what the match ties the line to. */
function bookedOfMatch(database: ReadableDatabase, match: MatchRow, { currency, ledgerAccount }: Pick<LineRow, 'currency' | 'ledgerAccount'>): SourceRecord[] {
  const ids = JSON.stringify((JSON.parse(match.entryKeys) as string[]).map(idFromKey));
  const rows = database.all<{ id: string; sequence: number; entryDate: string; amountMinor: number }>(entriesById, { ids, account: ledgerAccount, currency });
  const tied = (database.get<{ amountMinor: number | null }>(partsOfMatch, [match.id])?.amountMinor ?? 0) + match.residualMinor;
  return [{ ...plain, amountMinor: tied, currency, date: rows.at(-1)?.entryDate ?? null, names: rows.map(entryName) }];
}

/** What a match left on suspense: its lines beside what they were matched with. */
function readResidual(database: ReadableDatabase, question: SourcesQuestion): SourcesAnswer {
  const residual = question.other?.amountMinor ?? 0;
  const found = database.all<{ id: string }>(matchesOnSuspense, { residual, currency: question.currency }).find(({ id }) => isOf(question, [id]));
  const match = found && database.get<MatchRow>(matchById, [found.id]);
  const lines = match ? database.all<{ id: string }>(linesOfMatch, [match.id]).flatMap(({ id }) => database.get<LineRow>(lineById, [id]) ?? []) : [];
  const [first] = lines;
  if (!match || !first) return { sides: { ...nothing, ledger: question.other ? [{ ...plain, currency: question.currency, waitingMinor: residual }] : [] }, journalEntryId: null, raw: null, bankLine: null };
  const { record, bankLine } = lineRecord(database, first);
  const isStanding = match.unmatchedAt === null && match.residualAccount === accountCodes.suspense;
  const partsMinor = database.get<{ amountMinor: number | null }>(partsOfMatch, [match.id])?.amountMinor ?? 0;
  const booked = bookedOfMatch(database, match, first);
  const ledger = isStanding ? booked.map((record) => ({ ...record, amountMinor: partsMinor, waitingMinor: match.residualMinor })) : [];
  return { sides: { ...nothing, ledger, bank: [{ ...record, amountMinor: lines.reduce((sum, line) => sum + line.amountMinor, 0) }] }, journalEntryId: null, raw: null, bankLine };
}

/** A line that names a payout or an invoice and has another amount. Which line it is follows from what the difference is called by. */
function readNamedByLine(database: ReadableDatabase, question: SourcesQuestion): SourcesAnswer {
  const { objectId, other, stripe, currency, occurredOn } = question;
  const isPayout = database.get(payoutOf, [objectId]) !== undefined;
  const objects = isPayout ? [objectId] : [objectId, ...database.all<{ id: string }>(invoicesNamed, { name: objectId }).map(({ id }) => id)];
  const candidates = other ? database.all<{ id: string }>(linesOfDay, { on: occurredOn, amount: other.amountMinor, currency: other.currency }) : [];
  const named = candidates.flatMap(({ id }) => objects.filter((object) => isOf(question, [object, id])).map((object) => ({ id, object })))[0];
  const line = named && database.get<LineRow>(lineById, [named.id]);
  const { record, bankLine } = line ? lineRecord(database, line) : { record: null, bankLine: null };
  const bank = record ? [record] : keptLine(question);
  if (isPayout) {
    const payout = readPayout(database, question, objectId);
    return { ...payout, sides: { ...payout.sides, bank }, bankLine: bankLine ?? payout.bankLine };
  }
  const asked = stripe ? [{ ...plain, amountMinor: stripe.amountMinor, currency, names: [{ text: objectId, link: named && named.object !== objectId ? `/invoices/${part(named.object)}` : null }] }] : [];
  return { sides: { ...nothing, ledger: asked, bank }, journalEntryId: null, raw: null, bankLine };
}

/** Whether these are the subjects by which the difference got its id (domain.md §3). */
const isOf = ({ id, level, reason }: SourcesQuestion, subjectIds: readonly string[]): boolean => idFromKey(discrepancyKeyOf(level, { subjectIds, reason })) === id;
