/** What a partner used and what was billed for it, month by month: of one contract, or of all. */
import { useCallback, useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import type { monthUsageSchema, partnerDetailSchema } from '../../../../shared/api/partners.contract.ts';
import { UsageChart } from '../../charts/usage-chart.tsx';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Section } from '../../components/record-parts.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { links } from '../../lib/links.ts';

type MonthUsage = z.infer<typeof monthUsageSchema>;
export type PartnerInvoice = z.infer<typeof partnerDetailSchema>['invoices'][number];
type Meter = 'deeds' | 'requests';

const meterWords: Readonly<Record<Meter, string>> = { deeds: 'Deeds', requests: 'Requests' };

/** The invoice that stands for a month; a void one only where nothing replaced it. */
function invoiceOf(invoices: readonly PartnerInvoice[], month: string): PartnerInvoice | undefined {
  const ofMonth = invoices.filter((invoice) => invoice.month === month);
  return ofMonth.find((invoice) => invoice.status !== 'void') ?? ofMonth[0];
}

/** @param meter what the prices count: shown first. */
export function UsageSection({ usage, invoices, meter: first }: { usage: readonly MonthUsage[]; invoices: readonly PartnerInvoice[]; meter: Meter }) {
  const navigate = useNavigate();
  const [isTable, setTable] = useState(false);
  const [chosen, setChosen] = useState<Meter | null>(null);
  const used = (['deeds', 'requests'] as const).filter((meter) => usage.some((month) => month[meter] > 0));
  const meter = chosen ?? (used.includes(first) ? first : used[0] ?? first);
  const months = useMemo(() => usage.map((month) => ({ month: month.month, units: month[meter] })), [usage, meter]);
  const open = useCallback((month: string) => { const invoice = invoiceOf(invoices, month); if (invoice) void navigate(links.invoice(invoice.id)); }, [invoices, navigate]);
  const running = usage.at(-1)?.month ?? '';
  const aside = used.length === 0 ? null : <button type="button" className="text-button" aria-label={isTable ? 'Usage as a chart' : 'Usage as a table'} onClick={() => setTable(!isTable)}>{isTable ? 'Chart' : 'Table'}</button>;
  if (used.length === 0) return <Section title="Usage by month"><p className="quiet">No usage in the last twelve months.</p></Section>;
  return (
    <Section title="Usage by month" aside={aside} isFlush={isTable}>
      {isTable ? (
        <table className="plain">
          <thead><tr><th scope="col">Month</th>{used.map((each) => <th key={each} scope="col" className="num">{meterWords[each]}</th>)}<th scope="col">Invoice</th></tr></thead>
          <tbody>{usage.toReversed().map((month) => <UsageRow key={month.month} usage={month} meters={used} isRunning={month.month === running} invoice={invoiceOf(invoices, month.month)} />)}</tbody>
        </table>
      ) : (
        <>
          {used.length > 1 ? <div className="row-flex">{used.map((each) => <button key={each} type="button" className="text-button" aria-pressed={each === meter} onClick={() => setChosen(each)}>{meterWords[each]}</button>)}</div> : null}
          <UsageChart label={meterWords[meter]} months={months} runningMonth={running} onPick={open} />
          <p className="muted small">{meterWords[meter]} a month; <DateText month={running} /> so far. A bar opens the month’s invoice where there is one.</p>
        </>
      )}
    </Section>
  );
}

function UsageRow({ usage, meters, isRunning, invoice }: { usage: MonthUsage; meters: readonly Meter[]; isRunning: boolean; invoice: PartnerInvoice | undefined }) {
  return (
    <tr>
      <th scope="row"><DateText month={usage.month} />{isRunning ? <span className="muted small"> so far</span> : null}</th>
      {meters.map((meter) => <td key={meter} className="num"><NumberText value={usage[meter]} /></td>)}
      <td>{invoice ? <EntityLink to={links.invoice(invoice.id)} id={invoice.id}>{invoice.number ?? 'Draft'}</EntityLink> : <span className="muted">—</span>}</td>
    </tr>
  );
}

export function InvoicesSection({ invoices }: { invoices: readonly PartnerInvoice[] }) {
  return (
    <Section title="Invoices" isFlush>
      <table className="plain">
        <thead><tr><th scope="col">Number</th><th scope="col">Month</th><th scope="col">Status</th><th scope="col" className="num">Total</th></tr></thead>
        <tbody>
          {invoices.map((invoice) => <tr key={invoice.id}><th scope="row"><EntityLink to={links.invoice(invoice.id)} id={invoice.id}>{invoice.number ?? 'Draft'}</EntityLink></th><td><DateText month={invoice.month} /></td><td><StatusBadge status={invoice.status} /></td><td className="num"><MoneyText amount={invoice.total.amount} currency={invoice.total.currency} /></td></tr>)}
          {invoices.length === 0 ? <tr><td colSpan={4} className="muted">Not billed yet.</td></tr> : null}
        </tbody>
      </table>
    </Section>
  );
}
