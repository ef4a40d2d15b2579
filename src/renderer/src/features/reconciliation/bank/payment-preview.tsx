import { useQuery } from '@tanstack/react-query';
import type { BankCandidateView } from '../../../../../shared/api/banking.contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { WhatIsPosted } from '../../../components/what-is-posted.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';

/** What a match would pay to a customer, and what it posts, before it is matched. */
export function PaymentPreview({ candidate, amountMinor, on }: { candidate: BankCandidateView; amountMinor: number; on: string }) {
  const { queries } = useApi();
  const source = candidate.kind === 'credit' ? { creditId: candidate.id } : { receiptId: candidate.id };
  const preview = useQuery(queries.invoices.previewCreditPayment.queryOptions({ input: { source, amountMinor, on }, retry: false }));
  return (
    <section className="box payment-preview" aria-label="Payment to the customer">
      <p>Matching pays <b><MoneyText amount={amountMinor} currency={candidate.amount.currency} /></b> to {candidate.name}, out of {candidate.kind === 'credit' ? 'the credit of' : 'what is left of the receipt'} {candidate.label}.</p>
      {preview.isError ? <ErrorNotice error={preview.error} /> : null}
      {preview.data ? <WhatIsPosted postings={preview.data.postings} leftMinor={preview.data.leftMinor - preview.data.amountMinor} currency={preview.data.currency} /> : null}
    </section>
  );
}
