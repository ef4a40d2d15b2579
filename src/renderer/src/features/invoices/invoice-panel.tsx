import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import type { invoiceDetailSchema } from '../../../../shared/api/invoices.contract.ts';
import { currencyExponent } from '../../../../shared/money/currency.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, HistoryList, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { ActsTimeline } from './acts/acts-timeline.tsx';
import { CreditNotesSection } from './acts/credit-notes-section.tsx';
import { CreditsSection } from './acts/credits-section.tsx';
import { InvoiceActions } from './acts/invoice-actions.tsx';
import { StandingSection } from './acts/standing-section.tsx';
import { ArchivedText } from './archived-text.tsx';
import { ElectronicForm } from './missing-fields.tsx';
import { SendDialog } from './mail/send-dialog.tsx';
import { writeFigure } from './drafts/draft-typing.ts';
import { InvoiceWhy } from './invoice-why.tsx';
import { originWords } from './origin-words.ts';
import type { InvoiceFigureName } from '../../../../shared/api/invoice-why.contract.ts';

/** pdf.js is large and not everybody looks at a PDF: it comes when asked for. */
const PdfView = lazy(async () => ({ default: (await import('./pdf-view.tsx')).PdfView }));

export type InvoiceDetail = z.infer<typeof invoiceDetailSchema>;
const sendable = new Set<InvoiceDetail['status']>(['finalised', 'sent', 'partly_paid', 'paid', 'uncollectible']);

/** One invoice: its lines with the calculation that made them, its PDF, its entries, its history. */
export function InvoicePanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const canBill = useCan('accountant');
  const [isSending, setSending] = useState(false);
  const [showsPdf, setShowsPdf] = useState(false);
  const invoice = useQuery(queries.invoices.show.queryOptions({ input: { id } }));
  const data = invoice.data;
  const isOurs = data !== undefined && data.origin !== 'stripe';
  const standing = useQuery(queries.invoices.standing.queryOptions({ input: { id: data?.id ?? id }, enabled: isOurs }));
  const stands = isOurs ? standing.data : undefined;
  useEditKey(canBill && stands?.actions.includes('edit') ? stands.id : null);
  const canAct = canBill && stands !== undefined && stands.actions.length > 0;
  const canSend = canBill && data !== undefined && data.origin !== 'stripe' && sendable.has(data.status);
  const footer = data && (data.hasPdf || canAct) ? (
    <>
      {canAct ? <InvoiceActions key={stands.id} standing={stands} draft={data} /> : null}
      {canSend ? <Button variant="default" onClick={() => setSending(true)}>Send by e-mail…</Button> : null}
      {data.hasPdf ? <Button variant="default" aria-pressed={showsPdf} onClick={() => setShowsPdf(!showsPdf)}>{showsPdf ? 'Hide PDF' : 'Show PDF'}</Button> : null}
    </>
  ) : undefined;
  return (
    <SidePanel title={data ? data.number ?? 'Draft invoice' : 'Invoice'} label="Invoice" note={data ? <>{data.customerName} · {originWords[data.origin]} <StatusBadge status={data.isOverdue ? 'overdue' : data.status} /></> : null} onClose={onClose} onStep={onStep} footer={footer}>
      {invoice.isError ? <div className="section"><ErrorNotice error={invoice.error} onRetry={() => void invoice.refetch()} /></div> : null}
      {data ? (
        <>
          {showsPdf ? <Suspense fallback={<div className="section muted">Opening the PDF</div>}><PdfView id={id} label={data.number ?? 'draft'} /></Suspense> : null}
          {standing.isError ? <div className="section"><ErrorNotice error={standing.error} onRetry={() => void standing.refetch()} /></div> : null}
          {stands && stands.status !== 'draft' ? <StandingSection standing={stands} /> : null}
          <InvoiceLines invoice={data} isStanding={stands !== undefined && stands.status !== 'draft'} />
          {stands ? <><CreditNotesSection standing={stands} />{stands.acts.some((act) => act.kind === 'credit-note' || act.kind === 'credit-carried') ? <CreditsSection of={{ invoiceId: stands.id }} currency={stands.currency} /> : null}<ActsTimeline standing={stands} /></> : null}
          <InvoiceFacts invoice={data} isStanding={stands !== undefined && stands.status !== 'draft'} />
          <Section title="History"><HistoryList history={data.history} /></Section>
          <RawObject raw={data.raw} />
          {isSending ? <SendDialog invoices={[data]} onClose={() => setSending(false)} /> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

/** E opens the editor, outside of fields and dialogs. */
function useEditKey(draftId: string | null): void {
  const navigate = useNavigate();
  useEffect(() => {
    if (draftId === null) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName);
      if (event.key !== 'e' || event.ctrlKey || event.metaKey || event.altKey || isTyping || document.querySelector('[aria-modal="true"]')) return;
      event.preventDefault();
      // The list below searches as one types: the letter is not its.
      event.stopImmediatePropagation();
      void navigate(links.draft(draftId));
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [draftId, navigate]);
}

/** @param isStanding what was paid and is due stands in a section of its own. */
function InvoiceLines({ invoice, isStanding }: { invoice: InvoiceDetail; isStanding: boolean }) {
  const { currency } = invoice.total;
  const { locale } = usePreferences();
  const totals: readonly (readonly [string, number, boolean, InvoiceFigureName])[] = [
    ['Discount', -invoice.discountMinor, invoice.discountMinor !== 0, 'discount'],
    ['Subtotal', invoice.subtotalMinor, true, 'subtotal'],
    [invoice.taxLabel ? (/^tax\b/i.test(invoice.taxLabel) ? invoice.taxLabel : `Tax, ${invoice.taxLabel}`) : 'Tax', invoice.taxMinor, invoice.taxMinor !== 0 || invoice.taxLabel !== null, 'tax'],
    ['Total', invoice.totalMinor, true, 'total'],
    ['Withholding', -invoice.withholdingMinor, invoice.withholdingMinor !== 0, 'withholding'],
    ['Paid', -invoice.paidMinor, invoice.paidMinor !== 0 && !isStanding, 'paid'],
    ['Open', invoice.dueMinor, !isStanding, invoice.status === 'draft' && invoice.origin !== 'stripe' ? 'payable' : 'due'],
  ];
  return (
    <Section title="Lines" aside={currency.toUpperCase()} isFlush>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Lines">
        <table className="plain">
          <thead><tr><th scope="col">What</th><th scope="col" className="num">Quantity</th><th scope="col" className="num">Price</th><th scope="col" className="num">Amount</th></tr></thead>
          <tbody>
            {invoice.lines.map((line, index) => (
              <tr key={index}>
                <th scope="row">{line.description}{line.explanation ? <div className="muted small">{line.explanation}</div> : null}</th>
                <td className="num">{writeFigure(line.quantity, locale)}</td><td className="num">{writeFigure(line.unitPrice, locale, currencyExponent(currency))}</td>
                <td className="num"><InvoiceWhy id={invoice.id} figure="line" line={String(index)} label={`${line.description}, line ${index + 1}`}><MoneyText amount={line.amountMinor} currency={currency} hidesCurrency /></InvoiceWhy></td>
              </tr>
            ))}
            {totals.filter(([, , isShown]) => isShown).map(([label, amount, , figure]) => <tr key={label} className={label === 'Total' || label === 'Open' ? 'sum' : ''}><th scope="row" colSpan={3}>{label}</th><td className="num"><InvoiceWhy id={invoice.id} figure={figure} label={label.toLowerCase()}><MoneyText amount={amount === 0 ? 0 : amount} currency={currency} hidesCurrency={label !== 'Total' && label !== 'Open'} /></InvoiceWhy></td></tr>)}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function InvoiceFacts({ invoice, isStanding }: { invoice: InvoiceDetail; isStanding: boolean }) {
  return (
    <Section title="Where from, where to">
      <Facts rows={[
        ['Issued', <DateText key="issued" day={invoice.issuedOn} />],
        ['Due', <DateText key="due" day={invoice.dueOn} />],
        invoice.billingMonth ? ['For month', <DateText key="month" month={invoice.billingMonth} />] : null,
        invoice.partnerId ? ['Partner', <EntityLink key="partner" to={links.partner(invoice.partnerId)}>{invoice.customerName}</EntityLink>] : null,
        invoice.replaces && !isStanding ? ['Replaces', <EntityLink key="replaces" to={links.invoice(invoice.replaces)} id={invoice.replaces} />] : null,
        ['Journal', invoice.journalEntryIds.length === 0 ? <EntityLink key="journal" to={links.sourceEntries(invoice.id)}>Entries of this invoice</EntityLink> : <span key="journal">{invoice.journalEntryIds.map((entryId, index) => <span key={entryId}>{index > 0 ? ', ' : ''}<EntityLink to={links.journalEntry(entryId)} id={entryId}>{`Entry ${index + 1}`}</EntityLink></span>)}</span>],
        invoice.totalsFingerprint ? ['Fingerprint', <span key="fingerprint" className="hash">{invoice.totalsFingerprint}</span>] : null,
        invoice.origin !== 'stripe' && invoice.hasPdf ? ['Electronic invoice', <ElectronicForm key="electronic" id={invoice.id} isDraft={invoice.status === 'draft'} />] : null,
        invoice.origin !== 'stripe' && invoice.number !== null ? ['Archive', <ArchivedText key="archive" type="invoice" id={invoice.id} />] : null,
        invoice.notes ? ['Notes', invoice.notes] : null,
        ['Id', <span key="id" className="mono">{invoice.id}</span>],
      ]} />
    </Section>
  );
}
