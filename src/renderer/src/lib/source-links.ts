import { links } from './links.ts';

/** The screen that shows a record of a kind; null where there is none. */
export function linkOfSource(kind: string, id: string): string | null {
  switch (kind) {
    case 'invoice': case 'stripe-invoice': case 'partner-invoice': return links.invoice(id);
    case 'customer': case 'stripe-customer': return links.customer(id);
    case 'charge': case 'refund': case 'dispute': case 'stripe-charge': case 'stripe-refund': case 'stripe-dispute': case 'stripe-payment-intent': return links.payment(id);
    // Stripe’s balance transactions are called payments too: only what moved a customer’s money has a record here.
    case 'payment': return /^(ch|py|re|pyr|du|dp|pi)_/.test(id) ? links.payment(id) : null;
    // Not each moved a customer’s money; each has its entry.
    case 'balance-transaction': return links.sourceEntries(id);
    case 'period': return links.period(id);
    case 'journal-entry': return links.journalEntry(id);
    case 'partner': return links.partner(id);
    case 'discrepancy': return links.discrepancy(id);
    default: return null;
  }
}
