/**
 * The rules of level 2 (domain.md §6) between one balance transaction of Stripe's and the journal. Pure.
 */
import { monthOf, type LocalDate } from '../../shared/calendar/local-date.ts';
import { currencyExponent, isCurrencyCode } from '../../shared/money/currency.ts';
import { mulDiv, parseDecimal } from '../../shared/money/money.ts';
import { datedApart, findingBase, type Finding, type FindingSide, type GatewayTransaction } from './transaction-matching.ts';

/** What the journal says about one balance transaction: the sums of its entries, signed debits − credits. */
export interface LedgerSide {
  /** On the gateway's clearing account in the transaction's currency. */
  readonly netMinor: number;
  /** On payment fees in the transaction's currency. */
  readonly feeMinor: number;
  /** A currency other than the transaction's in which the clearing account was moved, null when there is none. */
  readonly otherCurrency: string | null;
  /** How many entries carry the transaction: a reversal and what corrects it count too. */
  readonly entries: number;
  /** Of the last of them. */
  readonly entryDate: LocalDate;
  /** The closed month that entry is about, where it could not be dated in it. */
  readonly concernsMonth: string | null;
  /** What went through currency conversion in the currency the customer saw; null: nothing was converted. */
  readonly converted: { readonly amountMinor: number; readonly currency: string } | null;
  /** On accounts where money waits for somebody to say what it is: unapplied receipts and suspense. */
  readonly heldMinor: number;
}

/** The payment that a refund or a dispute takes back, as far as it is known here. */
export interface PaymentBehind {
  /** Whether Stripe lists a balance transaction of it. */
  readonly isListed: boolean;
  /** What its entries left on waiting accounts: negative where the payment itself was never applied. */
  readonly heldMinor: number;
  /** What all entries of the same dispute left there, a reinstatement among them. */
  readonly heldByDisputeMinor: number;
}

/**
 * Stripe against the journal. Of several things that differ the gravest is named: missing, currency, posted twice, amount, fee, exchange rate, what became
 * of the money, month, day. null: they agree.
 * @param ledger null when the journal has no entry for the transaction; one that moves nothing needs none.
 * @param payment for refunds and disputes; null where nobody knows which payment they belong to.
 */
export function compareWithLedger(transaction: GatewayTransaction, ledger: LedgerSide | null, payment: PaymentBehind | null): Finding | null {
  const base = findingBase(transaction, 'ledger');
  if (!ledger && transaction.amountMinor === 0 && transaction.feeMinor === 0) return null;
  if (!ledger) return { ...base, reason: 'missing-in-ledger', subjectIds: [transaction.id], amountMinor: transaction.amountMinor, other: null };
  const other: FindingSide = { amountMinor: ledger.netMinor + ledger.feeMinor, feeMinor: ledger.feeMinor, currency: ledger.otherCurrency ?? transaction.currency, status: null, createdAt: null, rowId: null };
  const difference = { ...base, subjectIds: [transaction.id, 'journal'], other };
  if (ledger.otherCurrency !== null) return { ...difference, reason: 'currency-differs', amountMinor: transaction.amountMinor };
  // Only payments, refunds and disputes carry their fee beside the amount; a fee billed by itself is the amount.
  const ledgerAmountMinor = transaction.kind === null ? ledger.netMinor + transaction.feeMinor : other.amountMinor;
  if (isPostedAgain(transaction, ledger)) return { ...difference, reason: 'duplicate-in-ledger', amountMinor: transaction.amountMinor - ledgerAmountMinor };
  if (ledgerAmountMinor !== transaction.amountMinor) return { ...difference, reason: 'amount-differs', amountMinor: transaction.amountMinor - ledgerAmountMinor };
  if (transaction.kind !== null && ledger.feeMinor !== transaction.feeMinor) return { ...difference, reason: 'fee-differs', amountMinor: transaction.feeMinor - ledger.feeMinor };
  if (transaction.exchangeRate !== null && ledger.converted && !isRateOf(transaction, transaction.exchangeRate, ledger.converted)) return { ...difference, reason: 'exchange-rate-differs', amountMinor: 0 };
  if (transaction.kind === 'refund' && payment && !payment.isListed) return { ...difference, reason: 'orphan-refund', amountMinor: transaction.amountMinor };
  if (isNotWrittenOff(transaction, ledger, payment)) return { ...difference, reason: 'dispute-without-write-off', amountMinor: transaction.amountMinor };
  const apart = isDatedElsewhere(transaction, ledger);
  return apart && { ...difference, ...apart };
}

/** The same money a whole number of times: posted again under another key, and not reversed. */
function isPostedAgain({ amountMinor, feeMinor }: GatewayTransaction, { netMinor, entries }: LedgerSide): boolean {
  const expected = amountMinor - feeMinor;
  if (expected === 0 || netMinor % expected !== 0) return false;
  const times = netMinor / expected;
  return times >= 2 && entries >= times;
}

/**
 * Whether the rate the books were kept at is Stripe's: the customer's amount times the rate is what was settled, as near as a rate of so many decimals can
 * tell. Stripe's rate is between the smallest units of both currencies or between the whole ones; either fits.
 */
export function isRateOf(transaction: Pick<GatewayTransaction, 'amountMinor' | 'currency'>, exchangeRate: string, converted: NonNullable<LedgerSide['converted']>): boolean {
  const rate = parseDecimal(exchangeRate);
  const seen = BigInt(Math.abs(converted.amountMinor));
  const settled = Math.abs(transaction.amountMinor);
  const fits = (times: bigint, over: bigint): boolean => {
    const denominator = rate.denominator * over;
    // Half of the rate's last decimal, and a unit for rounding.
    return Math.abs(mulDiv(seen, rate.numerator * times, denominator, 'half-away-from-zero') - settled) <= Number((seen * times) / (2n * denominator)) + 1;
  };
  if (fits(1n, 1n)) return true;
  if (!isCurrencyCode(converted.currency) || !isCurrencyCode(transaction.currency)) return false;
  return fits(10n ** BigInt(currencyExponent(transaction.currency)), 10n ** BigInt(currencyExponent(converted.currency)));
}

/** A dispute's money that went out and still waits for somebody to write it off: more of it stands on a waiting account than its payment had left there. */
function isNotWrittenOff(transaction: GatewayTransaction, ledger: LedgerSide, payment: PaymentBehind | null): boolean {
  if (transaction.kind !== 'dispute' || transaction.amountMinor >= 0 || ledger.heldMinor <= 0) return false;
  return payment === null || payment.heldByDisputeMinor > Math.max(0, -payment.heldMinor);
}

/** What had to be entered in a later month says which month it is about; of a reversal and its correction each has its own day. */
function isDatedElsewhere(transaction: GatewayTransaction, ledger: LedgerSide): ReturnType<typeof datedApart> {
  if (ledger.entries !== 1 || ledger.concernsMonth === monthOf(transaction.createdOn)) return null;
  return datedApart(transaction.createdOn, ledger.entryDate);
}
