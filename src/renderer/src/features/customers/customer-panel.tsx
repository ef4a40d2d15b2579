import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { customerDetailSchema } from '../../../../shared/api/customers.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { RawObject } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { paymentKindWords } from '../payments/payment-words.ts';
import { CountryText } from './country-text.tsx';

type CustomerDetail = z.infer<typeof customerDetailSchema>;

/** How much of a long list the panel shows; the rest is one link away. */
const shownRows = 8;

/** One customer: where they stand, what they subscribe to, and their invoices, payments and entries. */
export function CustomerPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const customer = useQuery(queries.customers.show.queryOptions({ input: { id } }));
  const data = customer.data;
  return (
    <SidePanel title={data?.name ?? 'Customer'} label="Customer" note={data ? <>{data.email ?? data.id}{data.isDeleted ? ' · deleted at Stripe' : ''}</> : null} onClose={onClose} onStep={onStep}>
      {customer.isError ? <div className="section"><ErrorNotice error={customer.error} onRetry={() => void customer.refetch()} /></div> : null}
      {data ? (
        <>
          <Standing customer={data} />
          <Subscriptions customer={data} />
          <Invoices customer={data} />
          <Payments customer={data} />
          <Entries customer={data} />
          {data.rawObjects.map((object, index) => <RawObject key={object.id} raw={object.raw} label={index === 0 ? 'Raw Stripe object' : `Raw ${object.kind.replaceAll('_', ' ')} ${shortId(object.id)}`} />)}
        </>
      ) : null}
    </SidePanel>
  );
}

function Standing({ customer }: { customer: CustomerDetail }) {
  const { locale } = usePreferences();
  return (
    <Section title="Where they stand">
      <Facts rows={[
        ['MRR', customer.mrr && customer.mrrMonth ? <span key="mrr"><EntityLink to={links.revenueCustomer(customer.id, customer.mrrMonth)}><MoneyText amount={customer.mrr.amount} currency={customer.mrr.currency} /></EntityLink> <span className="muted">in {formatMonth(customer.mrrMonth, locale)}</span></span> : <span key="mrr" className="muted">None</span>],
        ['Owes', <MoneySums key="owes" sums={customer.openReceivable} />],
        ['Paid in all', <MoneySums key="paid" sums={customer.lifetimePaid} />],
        customer.balance ? [customer.balance.amount > 0 ? 'Owes beside invoices' : 'Credit', <MoneyText key="balance" amount={customer.balance.amount} currency={customer.balance.currency} />] : null,
        ['Country', <CountryText key="country" code={customer.country} />],
        ['Since', <DateText key="since" instant={customer.createdAt} />],
        ['Id', <span key="id" className="mono">{customer.id}</span>],
      ]} />
    </Section>
  );
}

function Subscriptions({ customer }: { customer: CustomerDetail }) {
  return (
    <Section title="Subscriptions">
      {customer.subscriptions.length === 0 ? <p className="muted">None, now or before.</p> : (
        <ul className="checks">
          {customer.subscriptions.map((subscription) => (
            <li key={subscription.id}>
              <StatusBadge status={subscription.status} />
              <div>
                {subscription.items.map((item) => (
                  <div key={item.id}>{item.quantity === null ? '' : <><NumberText value={item.quantity} /> × </>}{item.productName}{item.unitAmount ? <> at <MoneyText amount={item.unitAmount.amount} currency={item.unitAmount.currency} />{item.interval ? ` per ${item.interval}` : ''}</> : null}</div>
                ))}
                <div className="muted small">
                  <span className="mono">{subscription.id}</span> since <DateText day={subscription.startedOn} />
                  {subscription.trialEndsOn ? <>, trial to <DateText day={subscription.trialEndsOn} /></> : null}{subscription.cancelsOn ? <>, cancels <DateText day={subscription.cancelsOn} /></> : null}{subscription.endedOn ? <>, ended <DateText day={subscription.endedOn} /></> : null}
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** The newest rows of a list of the customer's, and the way to all of them. */
function ShortList({ title, total, all, children }: { title: string; total: number; all: string; children: ReactNode }) {
  return (
    <Section title={title} isFlush aside={total > 0 ? <EntityLink to={all}>All <NumberText value={total} /></EntityLink> : null}>
      {total === 0 ? <p className="muted" style={{ padding: '0 14px 8px' }}>None.</p> : <div className="scroll-x" tabIndex={0} role="group" aria-label={title}><table className="plain"><tbody>{children}</tbody></table></div>}
    </Section>
  );
}

function Invoices({ customer }: { customer: CustomerDetail }) {
  return (
    <ShortList title="Invoices" total={customer.invoicesTotal} all={`${links.invoices}?text=${encodeURIComponent(customer.name)}`}>
      {customer.invoices.slice(0, shownRows).map((invoice) => (
        <tr key={invoice.id}>
          <th scope="row"><EntityLink to={links.invoice(invoice.id)} id={invoice.id}>{invoice.number ?? shortId(invoice.id)}</EntityLink><div className="muted small"><DateText day={invoice.issuedOn} /></div></th>
          <td><StatusBadge status={invoice.isOverdue ? 'overdue' : invoice.status} /></td><td className="num"><MoneyText amount={invoice.total.amount} currency={invoice.total.currency} /></td>
        </tr>
      ))}
    </ShortList>
  );
}

function Payments({ customer }: { customer: CustomerDetail }) {
  return (
    <ShortList title="Payments" total={customer.paymentsTotal} all={links.customerPayments(customer.id)}>
      {customer.payments.slice(0, shownRows).map((payment) => (
        <tr key={payment.id}>
          <th scope="row"><EntityLink to={links.payment(payment.id)} id={payment.id}>{paymentKindWords[payment.kind][0]}</EntityLink><div className="muted small"><DateText instant={payment.createdAt} /></div></th>
          <td><StatusBadge status={payment.status} /></td><td className="num"><MoneyText amount={payment.amount.amount} currency={payment.amount.currency} /></td>
        </tr>
      ))}
    </ShortList>
  );
}

function Entries({ customer }: { customer: CustomerDetail }) {
  return (
    <ShortList title="Journal entries" total={customer.entriesTotal} all={links.partyEntries(customer.id)}>
      {customer.entries.slice(0, shownRows).map((entry) => (
        <tr key={entry.id}>
          <th scope="row"><EntityLink to={links.journalEntry(entry.id)} id={entry.id}>{`No. ${entry.sequence}`}</EntityLink><div className="muted small"><DateText day={entry.entryDate} /></div></th>
          <td>{statusWord(entry.kind)}</td><td className="num"><MoneySums sums={entry.amounts} /></td>
        </tr>
      ))}
    </ShortList>
  );
}
