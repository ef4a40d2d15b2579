import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { z } from 'zod';
import type { statementSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';
import { addDays, localDate } from '../../../../../shared/calendar/local-date.ts';
import { DateText } from '../../../components/date-text.tsx';
import { DayRangePicker } from '../../../components/day-range-picker.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { downloadBlob } from '../../../lib/export-text.ts';
import { links } from '../../../lib/links.ts';
import type { AgeingFigureName } from '../../../../../shared/api/invoice-why.contract.ts';
import { CreditsSection } from '../acts/credits-section.tsx';
import { AgeingWhy } from '../invoice-why.tsx';
import { buckets, type AgeingRow } from './ageing-rows.ts';

export interface AgeingPanelProps {
  /** `<party>~<currency>`. */
  id: string;
  /** Nothing is open on this day. */
  row: AgeingRow | undefined;
  asOf: string;
  onClose: () => void;
  onStep: (delta: 1 | -1) => void;
}

/** The invoices behind a customer's sum, and the statement of account. */
export function AgeingPanel({ id, row, asOf, onClose, onStep }: AgeingPanelProps) {
  const [partyId = '', currency = ''] = id.split('~');
  return (
    <SidePanel title={row?.customerName ?? 'Customer'} label="Ageing of a customer" note={row ? <>Open on <DateText day={asOf} />: <MoneyText amount={row.totalMinor} currency={row.currency} /></> : null} onClose={onClose} onStep={onStep}>
      {row ? <OpenInvoices row={row} asOf={asOf} /> : <Section title="Invoices"><p className="quiet">Nothing is open on this day.</p></Section>}
      <CreditsSection of={{ partyId }} currency={currency} />
      <Statement partyId={partyId} currency={currency} asOf={asOf} />
    </SidePanel>
  );
}

function OpenInvoices({ row, asOf }: { row: AgeingRow; asOf: string }) {
  const { currency, partyId } = row;
  const why: WhyOf = (figure, label, amount, hidesCurrency = true) => <AgeingWhy figure={figure} currency={currency} asOf={asOf} partyId={partyId} label={label.toLowerCase()}><MoneyText amount={amount} currency={currency} hidesCurrency={hidesCurrency} /></AgeingWhy>;
  return (
    <>
      {row.invoices.length === 0 ? <Section title="Invoices"><p className="quiet">Nothing is open on this day.</p></Section> : <AgedInvoices row={row} asOf={asOf} why={why} />}
      <Section title="Beside it">
        <Facts rows={[
          ['Not applied', row.unappliedMinor === 0 ? <span key="none" className="muted">Nothing</span> : <span key="some">{why('unapplied', 'not applied', row.unappliedMinor, false)}, <EntityLink to={`${links.receipts}?unapplied=yes&partyId=${encodeURIComponent(row.partyId)}`}>receipts to apply or pay back</EntityLink></span>],
          ['Credit', row.creditMinor === 0 ? <span key="no-credit" className="muted">None</span> : <span key="credit">{why('credit', 'credit', row.creditMinor, false)}, for the next invoices, or to be paid out</span>],
          ['Journal', <EntityLink key="entries" to={links.partyEntries(row.partyId)}>Entries of this customer</EntityLink>],
        ]} />
      </Section>
    </>
  );
}

type WhyOf = (figure: AgeingFigureName, label: string, amount: number, hidesCurrency?: boolean) => ReactNode;

function AgedInvoices({ row, asOf, why }: { row: AgeingRow; asOf: string; why: WhyOf }) {
  const { currency, partyId } = row;
  return (
    <>
      <Section title="By age" aside={currency.toUpperCase()} isFlush>
        <table className="plain" aria-label="By age">
          <tbody>{buckets.filter(([id]) => row[id] !== 0).map(([id, header]) => <tr key={id}><th scope="row">{header}</th><td className="num">{why(id, header, row[id])}</td></tr>)}</tbody>
        </table>
      </Section>
      <Section title="Open invoices" aside={row.currency.toUpperCase()} isFlush>
        <table className="plain" aria-label="Open invoices">
          <thead><tr><th scope="col">Invoice</th><th scope="col">Due on</th><th scope="col" className="num">Days over</th><th scope="col" className="num">Open</th></tr></thead>
          <tbody>
            {row.invoices.map((invoice) => <tr key={invoice.id}><th scope="row"><EntityLink to={links.invoice(invoice.id)}>{invoice.number}</EntityLink></th><td><DateText day={invoice.dueOn} /></td><td className="num">{invoice.daysOverdue > 0 ? invoice.daysOverdue : '—'}</td><td className="num"><AgeingWhy figure="totalMinor" currency={currency} asOf={asOf} partyId={partyId} invoiceId={invoice.id} label={`open on ${invoice.number}`}><MoneyText amount={invoice.openMinor} currency={currency} hidesCurrency /></AgeingWhy></td></tr>)}
            <tr className="sum"><th scope="row" colSpan={3}>Open</th><td className="num">{why('totalMinor', 'open', row.totalMinor, false)}</td></tr>
          </tbody>
        </table>
      </Section>
    </>
  );
}

const statementDays = 90;

/** What the customer was billed, paid and was credited, with the balance after each line. */
function Statement({ partyId, currency, asOf }: { partyId: string; currency: string; asOf: string }) {
  const { client, queries } = useApi();
  const [range, setRange] = useState<{ from: string; to: string }>({ from: addDays(localDate(asOf), -statementDays), to: asOf });
  const statement = useQuery(queries.invoices.statement.queryOptions({ input: { partyId, ...range } }));
  const save = useMutation({
    mutationFn: () => client.invoices.statementPdf({ partyId, ...range }),
    onSuccess: ({ fileName, bytes }) => downloadBlob(fileName, new Blob([bytes.slice()], { type: 'application/pdf' })),
  });
  const part = statement.data?.currencies.find((each) => each.currency === currency);
  const balance = (label: string, amount: number) => <tr className="sum"><th scope="row" colSpan={2}>{label}</th><td /><td className="num"><MoneyText amount={amount} currency={currency} hidesCurrency /></td></tr>;
  return (
    <Section title="Statement of account" aside={<DayRangePicker from={range.from} to={range.to} onChange={({ from, to }) => setRange({ from: from ?? '2000-01-01', to: to ?? asOf })} />} isFlush>
      {statement.isError ? <div className="section"><ErrorNotice error={statement.error} onRetry={() => void statement.refetch()} /></div> : null}
      {statement.data ? <div className="section row-flex"><button type="button" className="text-button" disabled={save.isPending} onClick={() => save.mutate()}>Save as PDF</button><span className="quiet small">In the customer’s language, every currency of theirs.</span></div> : null}
      {save.isError ? <div className="section"><ErrorNotice error={save.error} /></div> : null}
      {statement.data && !part ? <p className="quiet section">Nothing happened in these days.</p> : null}
      {part ? (
        <table className="plain wrapping" aria-label="Statement of account">
          <thead><tr><th scope="col">Date</th><th scope="col">What</th><th scope="col" className="num">Amount</th><th scope="col" className="num">Balance</th></tr></thead>
          <tbody>
            {balance('Opening balance', part.openingMinor)}
            {part.lines.map((line, index) => <tr key={`${line.document}/${index}`}><th scope="row"><DateText day={line.on} /></th><td>{line.text}</td><td className="num"><MoneyText amount={line.debitMinor - line.creditMinor} currency={currency} isSigned hidesCurrency /></td><td className="num"><MoneyText amount={line.balanceMinor} currency={currency} hidesCurrency /></td></tr>)}
            {balance('Closing balance', part.closingMinor)}
          </tbody>
        </table>
      ) : null}
      {part && (part.inFavour.openingMinor !== 0 || part.inFavour.lines.length > 0) ? <InFavour part={part.inFavour} currency={currency} balance={balance} /> : null}
    </Section>
  );
}

type StatementPart = z.infer<typeof statementSchema>['currencies'][number]['inFavour'];

/** What the customer has with us beside what is open: credit, and receipts that no invoice has taken. */
function InFavour({ part, currency, balance }: { part: StatementPart; currency: string; balance: (label: string, amount: number) => ReactNode }) {
  return (
    <>
      <p style={{ padding: '16px 14px 0' }}><b>What the customer has with us</b></p>
      <table className="plain wrapping" aria-label="What the customer has with us">
        <thead><tr><th scope="col">Date</th><th scope="col">What</th><th scope="col" className="num">Amount</th><th scope="col" className="num">Balance</th></tr></thead>
        <tbody>
          {balance('Opening balance', part.openingMinor)}
          {part.lines.map((line, index) => <tr key={`${line.document}/${index}`}><th scope="row"><DateText day={line.on} /></th><td>{line.text}{line.document ? <div className="small muted">{line.document}</div> : null}</td><td className="num"><MoneyText amount={line.amountMinor} currency={currency} isSigned hidesCurrency /></td><td className="num"><MoneyText amount={line.balanceMinor} currency={currency} hidesCurrency /></td></tr>)}
          {balance('Closing balance', part.closingMinor)}
        </tbody>
      </table>
    </>
  );
}
