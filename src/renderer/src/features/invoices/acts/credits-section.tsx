import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { creditPaymentSchema, customerCreditSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { ReasonDialog } from '../reason-dialog.tsx';
import { PayOutDialog } from './pay-out-dialog.tsx';

type Credit = z.infer<typeof customerCreditSchema>;
type CreditPayment = z.infer<typeof creditPaymentSchema>;

export interface CreditsSectionProps {
  /** Those of a customer, or those that an invoice or its credit notes gave. */
  of: { readonly partyId: string } | { readonly invoiceId: string };
  currency: string;
}

/** What a customer has as credit, as it stands now: what gave it, what became of it, and the way to pay it out. */
export function CreditsSection({ of, currency }: CreditsSectionProps) {
  const { queries } = useApi();
  const canRead = useCan('finance');
  const canBill = useCan('accountant');
  const [paying, setPaying] = useState<Credit | null>(null);
  const [reversing, setReversing] = useState<CreditPayment | null>(null);
  const credits = useQuery(queries.invoices.listCredits.queryOptions({ input: of, enabled: canRead }));
  if (credits.isError) return <div className="section"><ErrorNotice error={credits.error} onRetry={() => void credits.refetch()} /></div>;
  const listed = credits.data?.filter((credit) => credit.currency === currency) ?? [];
  if (listed.length === 0) return null;
  return (
    <Section title="Credit, as it stands now" aside={currency.toUpperCase()} isFlush>
      <table className="plain wrapping" aria-label="Credit">
        <thead><tr><th scope="col">From</th><th scope="col" className="num">Given</th><th scope="col" className="num">Left</th></tr></thead>
        <tbody>{listed.map((credit) => <CreditRow key={credit.id} credit={credit} onPay={canBill && credit.leftMinor > 0 ? () => setPaying(credit) : null} onTakeBack={canBill ? setReversing : null} />)}</tbody>
      </table>
      {paying ? (
        <PayOutDialog title={`Pay out the credit of ${paying.document}`} source={{ creditId: paying.id }} leftMinor={paying.leftMinor} currency={currency} onClose={() => setPaying(null)}>
          <p>{paying.customerName} has <MoneyText amount={paying.leftMinor} currency={currency} /> as credit. Record it when the transfer has left the bank; what is paid out, later invoices can no longer use.</p>
        </PayOutDialog>
      ) : null}
      {reversing ? <TakePaymentBack payment={reversing} currency={currency} onClose={() => setReversing(null)} /> : null}
    </Section>
  );
}

/** Asks why a payment to a customer is taken back. */
export function TakePaymentBack({ payment, currency, onClose }: { payment: CreditPayment; currency: string; onClose: () => void }) {
  return (
    <ReasonDialog title="Take the payment back?" actLabel="Take the payment back" run={(invoices, command) => invoices.reverseAct({ ...command, actId: payment.actId })} onClose={onClose}>
      <p><MoneyText amount={payment.amountMinor} currency={currency} />, <DateText day={payment.on} />, {payment.bankReference}. A reversing entry is posted, with a link both ways; the customer has the amount again.</p>
    </ReasonDialog>
  );
}

function CreditRow({ credit, onPay, onTakeBack }: { credit: Credit; onPay: (() => void) | null; onTakeBack: ((payment: CreditPayment) => void) | null }) {
  const { currency, document, invoiceId, isTakenBack, usedMinor } = credit;
  return (
    <tr>
      <th scope="row">
        {invoiceId === null ? document : <EntityLink to={links.invoice(invoiceId)}>{document}</EntityLink>}{isTakenBack ? <> <span className="badge info">Taken back</span></> : null}
        <div className="small muted">{credit.on === null ? null : <DateText day={credit.on} />}{credit.expiresOn === null ? null : <> · for invoices up to <DateText day={credit.expiresOn} /></>}</div>
        {usedMinor > 0 ? <div className="small">Used by invoices <MoneyText amount={usedMinor} currency={currency} hidesCurrency /></div> : null}
        {credit.payments.map((payment) => (
          <div key={payment.actId} className="small">
            Paid out <MoneyText amount={payment.amountMinor} currency={currency} hidesCurrency />, <DateText day={payment.on} />, {payment.bankReference}
            {onTakeBack && payment.canBeReversed ? <> <button type="button" className="text-button" aria-label={`Take back the payment ${payment.bankReference}`} onClick={() => onTakeBack(payment)}>Take back…</button></> : null}
          </div>
        ))}
        {onPay ? <button type="button" className="text-button" aria-label={`Pay out credit of ${document}`} onClick={onPay}>Pay out credit…</button> : null}
      </th>
      <td className="num"><MoneyText amount={credit.grantedMinor} currency={currency} hidesCurrency /></td>
      <td className="num"><MoneyText amount={credit.leftMinor} currency={currency} hidesCurrency /></td>
    </tr>
  );
}
