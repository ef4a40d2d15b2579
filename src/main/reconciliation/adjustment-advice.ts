/**
 * What an adjustment would have to be for a difference to be right in the books, by level and reason, before a person changes it. Pure.
 *
 * The clearing account comes to what Stripe says, net of fees as the balance moves; a fee goes with the fees; money that waits leaves the account it waits on; what a payout owes leaves cash in transit.
 * Where the books agree already nothing is proposed, and what only the company’s own records say otherwise is refused as a write-off of it is.
 */
import { accountCodes } from '../ledger/account-codes.ts';
import { differenceNotInBooks, writeOffNeed, type AdjustmentOrder, type WrittenOff } from './discrepancy-postings.ts';

export type ProposedOrder = Pick<AdjustmentOrder, 'debitAccount' | 'creditAccount' | 'amountMinor' | 'currency'>;

export interface AdjustmentAdvice {
  /** null: no entry between two accounts puts it right. */
  readonly order: ProposedOrder | null;
  /** Nothing of it is in the books: posting is refused (`difference-not-in-books`). */
  readonly isRefused: boolean;
  /** What to know before posting; null: nothing. */
  readonly notice: string | null;
}

export interface AdvisedOn {
  /** What the entries of the transaction left waiting, signed debits − credits in minor units, and on which account. */
  held(): { readonly accountCode: string; readonly amountMinor: number } | undefined;
  /** The ledger account of the bank whose line it is; null where it is none, or not known here. */
  readonly bankAccountCode: string | null;
}

const agreesNotice = 'Stripe and the books agree in the amount: an entry between two accounts does not put this right, it makes a difference.';
const matchFirst = 'Matching the line on the bank screen books it and ties it to the entry. An adjustment leaves it unmatched there: whoever matches it later books it twice.';

/** @throws nothing: {@link assertAdjustable} refuses. */
export function adjustmentAdvice(difference: WrittenOff, asked: AdvisedOn): AdjustmentAdvice {
  if (storeOf(difference) === 'payment_history') return { order: null, isRefused: true, notice: 'Stripe and the books agree here; only the company’s own records differ.' };
  const advised = difference.level === 'bank' ? atBank(difference, asked.bankAccountCode) : inBooks(difference, asked);
  return { ...advised, isRefused: false };
}

/** @throws ValidationError `difference-not-in-books` where only the company’s own records differ. */
export function assertAdjustable(difference: Pick<WrittenOff, 'detail'>): void {
  if (storeOf(difference) === 'payment_history') throw differenceNotInBooks();
}

const storeOf = ({ detail }: Pick<WrittenOff, 'detail'>): string | undefined => (JSON.parse(detail) as { readonly store?: string }).store;

type Advised = Omit<AdjustmentAdvice, 'isRefused'>;

function inBooks(difference: WrittenOff, { held }: AdvisedOn): Advised {
  const { level, reason, currency } = difference;
  const need = writeOffNeed(difference);
  if (need === null) {
    return { order: null, notice: level === 'payouts' ? 'Both figures are Stripe’s own: the payout, and what its transactions come to. The books have each as Stripe says; ask Stripe before anything is posted.' : 'Two currencies: an adjustment moves one amount in one of them. Reverse the entry, and let it be posted anew.' };
  }
  if (need.on === 'held') {
    const waiting = held();
    const order = waiting && moved(waiting.accountCode, reason === 'orphan-refund' ? accountCodes.refunds : accountCodes.disputes, -waiting.amountMinor, currency);
    return order ? { order, notice: null } : { order: null, notice: 'Nothing waits any more: the money has left the account it waited on.' };
  }
  const order = moved(accountCodes.stripeClearing, reason === 'fee-differs' || reason === 'id-and-fee-differ' ? accountCodes.paymentFees : accountCodes.suspense, need.movementMinor, currency);
  return { order, notice: order === null ? agreesNotice : (notices[reason] ?? null) };
}

const notices: Readonly<Record<string, string>> = {
  'missing-in-ledger': 'Fetching it from Stripe posts what it is. Post an adjustment only where that cannot be: once it is fetched, it would count twice.',
  'duplicate-in-ledger': 'Reversing the entry that is too many puts all its accounts right; this moves the clearing account alone.',
  'balance-not-proved': 'Look at the postings without a transaction first: where one of them is wrong, reversing it is the remedy.',
};

/** A bank line has the sign of the statement: positive is money in. */
function atBank({ reason, currency, detail, amountMinor }: WrittenOff, bankAccountCode: string | null): Advised {
  const { stripe, other } = JSON.parse(detail) as { readonly stripe?: { readonly amountMinor: number } | null; readonly other?: { readonly amountMinor: number } | null };
  switch (reason) {
    case 'payout-without-bank-line':
      return { order: moved(accountCodes.cashInTransit, accountCodes.recoverables, -(stripe?.amountMinor ?? amountMinor), currency), notice: 'Only where the money will not come: a payout that is late is matched when its line is there, and takes cash in transit to nothing by itself.' };
    case 'bank-line-unmatched':
      return { order: moved(bankAccountCode ?? accountCodes.bank, accountCodes.suspense, other?.amountMinor ?? -amountMinor, currency), notice: matchFirst };
    case 'bank-residual': {
      // What the bank had too little stands as a debit on suspense: most often its fee. What it had too much is somebody's.
      const residualMinor = other?.amountMinor ?? -amountMinor;
      return { order: moved(accountCodes.suspense, residualMinor < 0 ? accountCodes.paymentFees : accountCodes.unappliedReceipts, residualMinor, currency), notice: null };
    }
    default:
      return { order: null, notice: `The books wait for the whole amount. ${matchFirst} What the line has less or more goes to an account with the match.` };
  }
}

/** Debits the account by a signed amount against another; null: nothing moves. */
function moved(account: string, against: string, byMinor: number, currency: string): ProposedOrder | null {
  if (byMinor === 0) return null;
  const [debitAccount, creditAccount] = byMinor > 0 ? [account, against] : [against, account];
  return { debitAccount, creditAccount, amountMinor: Math.abs(byMinor), currency };
}
