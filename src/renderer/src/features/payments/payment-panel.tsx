import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { paymentDetailSchema } from '../../../../shared/api/payments.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, HistoryList, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { methodDetailWords, methodWord, paymentKindWords, payoutWords } from './payment-words.ts';

type PaymentDetail = z.infer<typeof paymentDetailSchema>;

/** One payment, refund or dispute: what became of the money, and everything it is tied to. */
export function PaymentPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const payment = useQuery(queries.payments.show.queryOptions({ input: { id } }));
  const data = payment.data;
  return (
    <SidePanel
      title={data ? <><MoneyText amount={data.amount.amount} currency={data.amount.currency} /> {paymentKindWords[data.kind][0].toLowerCase()}</> : 'Payment'} label="Payment"
      note={data ? <>{data.customerName} <StatusBadge status={data.status} /></> : null} onClose={onClose} onStep={onStep}
    >
      {payment.isError ? <div className="section"><ErrorNotice error={payment.error} onRetry={() => void payment.refetch()} /></div> : null}
      {data ? (
        <>
          {data.failureCode || data.failureMessage ? <Section title="Why it failed"><p>{data.failureMessage ?? 'Stripe gave no sentence.'} {data.failureCode ? <code className="muted">{data.failureCode}</code> : null}</p></Section> : null}
          <MoneyFacts payment={data} />
          <Ties payment={data} />
          {data.transactions.length > 0 ? <Transactions payment={data} /> : null}
          {data.related.length > 0 ? <Related payment={data} /> : null}
          <Section title="History"><HistoryList history={data.history} /></Section>
          {data.rawObjects.map((object, index) => <RawObject key={object.id} raw={object.raw} label={index === 0 ? 'Raw Stripe object' : `Raw ${object.kind.replaceAll('_', ' ')} ${shortId(object.id)}`} />)}
        </>
      ) : null}
    </SidePanel>
  );
}

function MoneyFacts({ payment }: { payment: PaymentDetail }) {
  const { settled } = payment;
  return (
    <Section title="Money">
      <Facts rows={[
        ['Amount', <MoneyText key="amount" amount={payment.amount.amount} currency={payment.amount.currency} />],
        settled && settled.currency !== payment.amount.currency ? ['Settled as', <MoneyText key="settled" amount={settled.amountMinor} currency={settled.currency} />] : null,
        settled ? ['Fee', <MoneyText key="fee" amount={settled.feeMinor} currency={settled.currency} />] : null,
        settled ? ['Net', <MoneyText key="net" amount={settled.netMinor} currency={settled.currency} />] : ['Net', <span key="net" className="muted">{payment.hasMovedMoney ? 'Not settled yet' : 'No money moved'}</span>],
        payment.method ? ['Method', payment.methodDetail === null ? methodWord(payment.method) : `${methodWord(payment.method)}, ${methodDetailWords(payment)}`] : null,
        payment.reason ? ['Reason', statusWord(payment.reason)] : null,
        payment.description ? ['Description', payment.description] : null,
        ['Made', <DateText key="made" instant={payment.createdAt} />],
      ]} />
    </Section>
  );
}

/** Links one after the other, or a dash. */
function LinkList({ items }: { items: readonly (readonly [id: string, link: ReactNode])[] }) {
  if (items.length === 0) return <span className="muted">None</span>;
  return <>{items.map(([id, link], index) => <span key={id}>{index > 0 ? ', ' : ''}{link}</span>)}</>;
}

function Ties({ payment }: { payment: PaymentDetail }) {
  const { payout } = payment;
  return (
    <Section title="Tied to">
      <Facts rows={[
        ['Customer', payment.customerId ? <EntityLink key="customer" to={links.customer(payment.customerId)} id={payment.customerId}>{payment.customerName}</EntityLink> : payment.customerName],
        ['Invoices', <LinkList key="invoices" items={payment.ties.map((tie) => [tie.invoiceId, <><EntityLink to={links.invoice(tie.invoiceId)} id={tie.invoiceId}>{tie.invoiceNumber ?? shortId(tie.invoiceId)}</EntityLink> <MoneyText amount={tie.amount.amount} currency={tie.amount.currency} /></>] as const)} />],
        ['Journal', <LinkList key="journal" items={payment.journalEntryIds.map((entryId, index) => [entryId, <EntityLink key={entryId} to={links.journalEntry(entryId)} id={entryId}>{`Entry ${index + 1}`}</EntityLink>] as const)} />],
        payout ? ['Payout', <span key="payout"><EntityLink to={links.sourceEntries(payout.id)} id={payout.id} /> <MoneyText amount={payout.amount.amount} currency={payout.amount.currency} />, {statusWord(payout.status).toLowerCase()}, arrives <DateText day={payout.arrivesOn} /></span>] : ['Payout', <span key="payout" className="muted">{payment.payoutId ? shortId(payment.payoutId) : payoutWords[payment.payoutStanding]}</span>],
        payment.chargeId && payment.kind !== 'charge' ? ['Payment', <EntityLink key="charge" to={links.payment(payment.chargeId)} id={payment.chargeId}>{payment.chargeId}</EntityLink>] : null,
        payment.paymentIntentId ? ['Payment intent', <span key="intent" className="mono">{payment.paymentIntentId}</span>] : null,
        ['Id', <span key="id" className="mono">{payment.id}</span>],
      ]} />
    </Section>
  );
}

function Transactions({ payment }: { payment: PaymentDetail }) {
  return (
    <Section title="Balance transactions" isFlush>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Balance transactions">
        <table className="plain">
          <thead><tr><th scope="col">What</th><th scope="col" className="num">Amount</th><th scope="col" className="num">Fee</th><th scope="col" className="num">Net</th></tr></thead>
          <tbody>
            {payment.transactions.map((transaction) => (
              <tr key={transaction.id}>
                <th scope="row">
                  {transaction.journalEntryId ? <EntityLink to={links.journalEntry(transaction.journalEntryId)} id={transaction.id}>{statusWord(transaction.type)}</EntityLink> : statusWord(transaction.type)}
                  <div className="muted small"><DateText instant={transaction.createdAt} />{transaction.exchangeRate ? `, at ${transaction.exchangeRate}` : ''}{transaction.status === 'pending' ? <>, available <DateText instant={transaction.availableAt} /></> : ''}</div>
                </th>
                <td className="num"><MoneyText amount={transaction.amountMinor} currency={transaction.currency} /></td>
                <td className="num"><MoneyText amount={transaction.feeMinor} currency={transaction.currency} hidesCurrency /></td>
                <td className="num"><MoneyText amount={transaction.netMinor} currency={transaction.currency} hidesCurrency /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Related({ payment }: { payment: PaymentDetail }) {
  return (
    <Section title="Belongs together" isFlush>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Belongs together">
        <table className="plain">
          <tbody>
            {payment.related.map((each) => (
              <tr key={each.id}>
                <th scope="row"><EntityLink to={links.payment(each.id)} id={each.id}>{paymentKindWords[each.kind][0]}</EntityLink><div className="muted small"><DateText instant={each.createdAt} /></div></th>
                <td><StatusBadge status={each.status} /></td>
                <td className="num"><MoneyText amount={each.amount.amount} currency={each.amount.currency} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
