import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import type { MovementRow } from './movements-grid.tsx';
import type { MeasureView } from './use-standpoint.ts';

export interface CustomerPanelProps {
  customerId: string;
  from: string;
  month: string;
  view: MeasureView;
  onClose: () => void;
  onStep: (delta: 1 | -1) => void;
}

/** What moved a customer’s MRR in the months looked at, and what it is the sum of at their end, each item with its calculation. */
export function CustomerPanel({ customerId, from, month, view, onClose, onStep }: CustomerPanelProps) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const customer = useQuery(queries.customers.show.queryOptions({ input: { id: customerId } }));
  const movements = useQuery(queries.revenueMeasures.movements.queryOptions({ input: { startAt: 0, limit: 100, sort: { column: 'day', direction: 'ascending' }, filter: { from, to: month, ...view, customerId } } }));
  const items = useQuery(queries.revenueMeasures.customerItems.queryOptions({ input: { customerId, month, policy: view.policy } }));
  const productOf = (itemId: string) => customer.data?.subscriptions.flatMap((each) => each.items).find((each) => each.id === itemId)?.productName;
  const name = customer.data?.name ?? movements.data?.rows[0]?.customerName ?? customerId;
  return (
    <SidePanel title={name} label={`Customer ${name}`} note={customerId} onClose={onClose} onStep={onStep}>
      {movements.data?.rows.map((movement) => <Movement key={`${movement.day}/${movement.kind}/${movement.amount.amount}`} movement={movement} />)}
      <Section title={`MRR items, ${formatMonth(month, locale)}`} aside={items.data ? <MoneySums sums={[items.data.total]} /> : null}>
        {items.isError ? <ErrorNotice error={items.error} onRetry={() => void items.refetch()} /> : null}
        {items.data?.items.length === 0 ? <p className="quiet">No MRR at the end of this month.</p> : null}
      </Section>
      {items.data?.items.map((item) => (
        <Section key={item.subscriptionItemId} title={productOf(item.subscriptionItemId) ?? item.priceId} aside={<MoneyText amount={item.functional.amount} currency={item.functional.currency} />}>
          <Facts rows={[
            ['Calculation', item.explanation],
            ['Quantity', new Intl.NumberFormat(locale).format(item.quantity)],
            item.native.currency === item.functional.currency ? null : ['In its currency', <span key="native"><MoneyText amount={item.native.amount} currency={item.native.currency} /> at {item.rate}</span>],
            ['Known from', item.invoiceLineId ? 'Invoice line' : 'Subscription'],
            ['Price', <span key="price" className="mono">{item.priceId}</span>],
            ['Subscription', <span key="subscription" className="mono">{item.subscriptionId}</span>],
            item.invoiceId ? ['Invoice', <EntityLink key="invoice" to={links.invoice(item.invoiceId)} id={item.invoiceId} />] : null,
          ]} />
        </Section>
      ))}
      <Section title="Elsewhere">
        <div className="row-flex"><EntityLink to={links.customer(customerId)}>Customer record</EntityLink><EntityLink to={links.partyEntries(customerId)}>Journal entries</EntityLink><EntityLink to={links.customerPayments(customerId)}>Payments</EntityLink></div>
      </Section>
    </SidePanel>
  );
}

function Movement({ movement }: { movement: MovementRow }) {
  return (
    <Section title="Movement" aside={<StatusBadge status={movement.kind} />}>
      <Facts rows={[
        ['Change', <MoneyText key="change" amount={movement.amount.amount} currency={movement.amount.currency} isSigned />],
        ['Day', <DateText key="day" day={movement.day} />],
        ['Cause', movement.cause],
        movement.subscriptionId ? ['Subscription', <span key="subscription" className="mono">{movement.subscriptionId}</span>] : null,
        movement.invoiceId ? ['Invoice', <EntityLink key="invoice" to={links.invoice(movement.invoiceId)} id={movement.invoiceId} />] : null,
      ]} />
    </Section>
  );
}
