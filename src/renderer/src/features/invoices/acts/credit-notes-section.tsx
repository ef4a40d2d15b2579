import { useQuery } from '@tanstack/react-query';
import { Fragment, lazy, Suspense, useState } from 'react';
import type { z } from 'zod';
import type { creditNoteSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { useCan } from '../../../lib/preferences.tsx';
import type { Standing } from './act-words.ts';
import { ActDialog } from './act-dialog.tsx';

/** pdf.js is large and not everybody looks at a PDF: it comes when asked for. */
const PdfView = lazy(async () => ({ default: (await import('../pdf-view.tsx')).PdfView }));

type CreditNote = z.infer<typeof creditNoteSchema>;

/** Credit notes of an invoice, and the refunds they still owe. */
export function CreditNotesSection({ standing }: { standing: Standing }) {
  const { queries } = useApi();
  const canBill = useCan('accountant');
  const canRead = useCan('finance');
  const [paying, setPaying] = useState<CreditNote | null>(null);
  const [shownId, setShownId] = useState<string | null>(null);
  const notes = useQuery(queries.invoices.listCreditNotes.queryOptions({ input: { invoiceId: standing.id }, enabled: canRead && standing.acts.some((act) => act.kind === 'credit-note') }));
  if (notes.isError) return <div className="section"><ErrorNotice error={notes.error} onRetry={() => void notes.refetch()} /></div>;
  if (!notes.data || notes.data.length === 0) return null;
  return (
    <Section title="Credit notes" isFlush>
      <table className="plain wrapping">
        <thead><tr><th scope="col">Number</th><th scope="col">Rest</th><th scope="col" className="num">Total</th></tr></thead>
        <tbody>
          {notes.data.map((note) => (
            <Fragment key={note.id}>
            <tr>
              <th scope="row">{note.number}{note.isVoid ? <> <StatusBadge status="void" /></> : null}<div className="small muted"><DateText day={note.on} /> · {note.reason}</div><button type="button" className="text-button" aria-expanded={shownId === note.id} aria-label={`${shownId === note.id ? 'Hide' : 'Show'} PDF of ${note.number}`} onClick={() => setShownId(shownId === note.id ? null : note.id)}>{shownId === note.id ? 'Hide PDF' : 'Show PDF'}</button></th>
              <td className="small"><RestOf note={note} isPaid={isRefundPaid(note, standing)} onPay={canBill ? () => setPaying(note) : null} /></td>
              <td className="num"><MoneyText amount={note.totalMinor} currency={note.currency} /></td>
            </tr>
            {shownId === note.id ? <tr><td colSpan={3} style={{ padding: 0 }}><Suspense fallback={<div className="section muted">Opening the PDF</div>}><PdfView id={note.id} label={note.number} /></Suspense></td></tr> : null}
            </Fragment>
          ))}
        </tbody>
      </table>
      {paying ? (
        <ActDialog title={`Pay the refund of ${paying.number}`} actLabel="Record the refund" currency={paying.currency} reference="Bank reference" dayLabel="Paid on" run={(invoices, { commandId, on, reference }) => invoices.payRefund({ commandId, creditNoteId: paying.id, on, bankReference: reference })} onClose={() => setPaying(null)}>
          <p><MoneyText amount={paying.restMinor} currency={paying.currency} /> is owed to the customer. Record it when the transfer has left the bank.</p>
        </ActDialog>
      ) : null}
    </Section>
  );
}

/** A refund's act names no note: but a note whose refund was paid cannot be taken back any more. */
function isRefundPaid(note: CreditNote, { acts }: Standing): boolean {
  return acts.some((act) => act.kind === 'refund-payment' && act.reversedBy === null) && !acts.some((act) => act.id === note.id && act.canBeReversed);
}

function RestOf({ note, isPaid, onPay }: { note: CreditNote; isPaid: boolean; onPay: (() => void) | null }) {
  if (note.restMinor === 0) return <span className="quiet">Offset in full</span>;
  const rest = <MoneyText amount={note.restMinor} currency={note.currency} />;
  if (note.settlement === 'credit') return <span>{rest} kept as credit</span>;
  if (isPaid) return <span>{rest} refunded</span>;
  return <span>{rest} to refund{onPay && !note.isVoid ? <> <button type="button" className="text-button" aria-label={`Pay the refund of ${note.number}`} onClick={onPay}>Pay…</button></> : null}</span>;
}
