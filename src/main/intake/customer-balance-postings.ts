/**
 * What moved a customer's credit at Stripe and is told by no invoice and no credit note, as a journal entry (docs/chart-of-accounts.md has the rules in words). Pure.
 */
import { accountCodes } from '../ledger/account-codes.ts';
import type { ReviewFinding } from '../ledger/review-items.ts';
import { signedPosting } from '../ledger/valuation.ts';
import type { CustomerBalanceFact, FactPostings } from './posting-facts.ts';

/** The other side by Stripe's type. Money that Stripe put to the credit came as a payment, which stands in unapplied receipts. */
const counterAccounts: Readonly<Record<string, string>> = {
  adjustment: accountCodes.creditNotes, initial: accountCodes.creditNotes,
  invoice_overpaid: accountCodes.unappliedReceipts, unspent_receiver_credit: accountCodes.unappliedReceipts, checkout_session_subscription_payment: accountCodes.unappliedReceipts, checkout_session_subscription_payment_canceled: accountCodes.unappliedReceipts,
};

/**
 * Credit that a person gave or took is a price reduction without a document, so without tax: Dr credit notes, Cr customer credit, and the other way round. What nobody knows the other side of
 * (a migration, a type of tomorrow) goes to suspense with a finding.
 */
export function customerBalancePostings(fact: CustomerBalanceFact): FactPostings {
  const { id, customerId, currency, type, amountMinor } = fact;
  if (amountMinor === 0) return { entries: [], findings: [] };
  const counter = counterAccounts[type] ?? accountCodes.suspense;
  const parts = fact.parts ?? [{ debitMinor: amountMinor }];
  const postings = [
    ...parts.flatMap((part) => signedPosting(accountCodes.customerCreditBalance, part.debitMinor, currency, customerId, part.bookedBy)),
    // At the rates of the credit itself: what is given or taken without money realises nothing.
    ...parts.flatMap((part) => signedPosting(counter, -part.debitMinor, currency, customerId, part.bookedBy)),
  ];
  const findings: ReviewFinding[] = counter !== accountCodes.suspense ? [] : [{ code: 'customer-credit-unknown', subjectType: 'stripe-customer-balance-transaction', subjectId: id, message: `Nobody knows yet what “${type}” did to the credit of customer ${customerId}; its amount is in suspense.`, data: { type, amountMinor, currency, customerId } }];
  const memo = `Credit of ${customerId} ${amountMinor < 0 ? 'raised' : 'lowered'} at Stripe: ${fact.description ?? type.replaceAll('_', ' ')}`;
  return { entries: [{ keyObject: 'customer_balance_transaction', keyId: id, kind: 'customer-credit-adjusted', entryDate: fact.createdOn, sourceType: 'stripe-customer-balance-transaction', sourceId: id, memo, postings }], findings };
}
