import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RemedyView } from '../../../../shared/api/workbench.contract.ts';
import { formatMoney } from '../../../../shared/money/format.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Facts } from '../../components/record-parts.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { copyText } from '../../lib/copy-text.ts';
import { links } from '../../lib/links.ts';

type Draft = Extract<RemedyView, { kind: 'credit-note' }>['drafts'][number];

/** Plain, for the memo of the note or for whoever issues it. */
export function textOfDraft({ invoiceNumber, customerName, amount, taxMinor, refundId, refundedOn }: Draft): string {
  return [`Credit note for invoice ${invoiceNumber}`, ...(customerName ? [`Customer: ${customerName}`] : []), `Amount: ${formatMoney(amount.amount, amount.currency, 'en-US')}, of it tax ${formatMoney(taxMinor, amount.currency, 'en-US')}`, `Covers refund ${refundId} of ${refundedOn}; no further money is paid out`].join('\n');
}

/** What a credit note has to say so that a refund is covered. Stripe writes the notes of its invoices: here it is prepared, there it is issued. */
export function CreditNoteDialog({ drafts, onClose }: { drafts: readonly Draft[]; onClose: () => void }) {
  const { queries } = useApi();
  const mode = useQuery(queries.system.status.queryOptions({ input: {}, staleTime: 60_000 })).data?.mode;
  const [place, setPlace] = useState(0);
  const draft = drafts[Math.min(place, drafts.length - 1)];
  if (!draft) return null;
  const { amount } = draft;
  return (
    <Modal opened onClose={onClose} size="lg" title={`Credit note for ${draft.invoiceNumber}${drafts.length > 1 ? `, ${place + 1} of ${drafts.length}` : ''}`}>
      <div style={{ display: 'grid', gap: 12 }}>
        <p>Money went back and the invoice stands whole, its tax with it. Stripe issues the notes of its invoices: open the invoice there, credit this amount and name the refund. The next sync brings the note, and this is gone from the list.</p>
        <Facts rows={[
          ['Invoice', <EntityLink key="invoice" to={links.invoice(draft.invoiceId)} id={draft.invoiceId}>{draft.invoiceNumber}</EntityLink>],
          draft.customerName ? ['Customer', draft.customerName] : null,
          ['Amount', <MoneyText key="amount" amount={amount.amount} currency={amount.currency} />],
          ['Of it tax', <MoneyText key="tax" amount={draft.taxMinor} currency={amount.currency} />],
          ['Refund', <span key="refund"><EntityLink to={links.payment(draft.refundId)} id={draft.refundId}>{draft.refundId}</EntityLink>, <DateText day={draft.refundedOn} /></span>],
          ['Paid out by the note', 'Nothing: the refund was the payment'],
        ]} />
        <div className="row-flex">
          <Button component="a" href={`https://dashboard.stripe.com/${mode === 'live' ? '' : 'test/'}invoices/${encodeURIComponent(draft.invoiceId)}`} target="_blank" rel="noreferrer">Open the invoice at Stripe</Button>
          <Button variant="default" onClick={() => void copyText(textOfDraft(draft), 'Draft')}>Copy the draft</Button>
          {drafts.length > 1 ? <><span className="grow" /><Button variant="default" disabled={place === 0} onClick={() => setPlace(place - 1)}>Back</Button><Button variant="default" disabled={place >= drafts.length - 1} onClick={() => setPlace(place + 1)}>Next</Button></> : null}
        </div>
      </div>
    </Modal>
  );
}
