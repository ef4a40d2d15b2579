import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { InvoiceWhy } from '../invoice-why.tsx';
import { canApprove, canFinalise, changeText, flagSentences, type RunSheetRow } from './run-sheet-words.ts';

interface RunSheetPanelProps {
  contractId: string;
  period: string | undefined;
  onClose: () => void;
  onStep: (delta: 1 | -1) => void;
  onApprove: (row: RunSheetRow) => void;
  onFinalise: (row: RunSheetRow) => void;
}

/** One partner's month beside the one before it: what is unusual, the lines with their calculation, who looked. */
export function RunSheetPanel({ contractId, period, onClose, onStep, onApprove, onFinalise }: RunSheetPanelProps) {
  const { queries } = useApi();
  const canBill = useCan('accountant');
  const sheet = useQuery(queries.invoices.runSheet.list.queryOptions({ input: { limit: 1, filter: { contractId, ...(period ? { period } : {}) } } }));
  const row = sheet.data?.rows[0];
  const footer = row && canBill && (canApprove(row) || canFinalise(row)) ? (
    <>
      {canApprove(row) ? <Button aria-keyshortcuts="A" onClick={() => onApprove(row)}>Approve…</Button> : null}
      {canFinalise(row) ? <Button aria-keyshortcuts="F" onClick={() => onFinalise(row)}>Finalise…</Button> : null}
    </>
  ) : undefined;
  return (
    <SidePanel title={row?.partnerName ?? 'Partner'} label="Run sheet row" note={row ? <StatusBadge status={row.state} /> : null} onClose={onClose} onStep={onStep} footer={footer}>
      {sheet.isError ? <div className="section"><ErrorNotice error={sheet.error} onRetry={() => void sheet.refetch()} /></div> : null}
      {sheet.data && !row ? <p className="section quiet">This contract is not billed for the month.</p> : null}
      {row ? (
        <>
          {row.failure ? <div className="section"><ErrorNotice error={row.failure} /></div> : null}
          <MonthsBeside row={row} />
          {row.flags.length > 0 ? (
            <Section title="Worth a look">
              <ul style={{ margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 8 }}>{row.flags.map((flag) => <li key={flag}><StatusBadge status={flag} /> <span className="muted small">{flagSentences[flag]}</span></li>)}</ul>
            </Section>
          ) : null}
          {row.invoiceId ? <Lines invoiceId={row.invoiceId} currency={row.currency ?? ''} /> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

function MonthsBeside({ row }: { row: RunSheetRow }) {
  const { locale } = usePreferences();
  const units = (value: number | null) => (value === null ? '—' : <><NumberText value={value} /> {row.meter ?? ''}</>);
  const amount = (minor: number | null, currency: string | null) => (minor === null || currency === null ? '—' : <MoneyText amount={minor} currency={currency} />);
  return (
    <Section title="This month and the one before">
      <Facts rows={[
        ['Usage', row.meter === null ? 'Not counted' : units(row.units)],
        ['Usage, month before', units(row.previousUnits)],
        ['Change', row.changeBasisPoints === null ? '—' : changeText(row.changeBasisPoints, locale)],
        ['Total', row.invoiceId && row.totalMinor !== null ? <InvoiceWhy key="total" id={row.invoiceId} figure="total" label="total">{amount(row.totalMinor, row.currency)}</InvoiceWhy> : amount(row.totalMinor, row.currency)],
        ['Total, month before', amount(row.previousTotalMinor, row.previousCurrency)],
        ['Reviewed', row.review ? <>{row.review.by}, <DateText instant={row.review.at} /></> : row.state === 'finalised' ? 'Finalised without a review' : 'Not yet'],
        ['Invoice', row.invoiceId ? <EntityLink to={links.invoice(row.invoiceId)}>{row.number ?? 'Draft'}</EntityLink> : 'None'],
        ['Contract', <EntityLink key="contract" to={links.contract(row.contractId)}>Terms</EntityLink>],
      ]} />
    </Section>
  );
}

/** The lines with the calculation that made each. */
function Lines({ invoiceId, currency }: { invoiceId: string; currency: string }) {
  const { queries } = useApi();
  const invoice = useQuery(queries.invoices.show.queryOptions({ input: { id: invoiceId } }));
  return (
    <Section title="Lines" aside={currency.toUpperCase()} isFlush>
      {invoice.isError ? <div className="section"><ErrorNotice error={invoice.error} onRetry={() => void invoice.refetch()} /></div> : null}
      <table className="plain">
        <tbody>
          {invoice.data?.lines.map((line, index) => (
            <tr key={index}><th scope="row">{line.description}{line.explanation ? <div className="muted small">{line.explanation}</div> : null}</th><td className="num"><InvoiceWhy id={invoiceId} figure="line" line={String(index)} label={`${line.description}, line ${index + 1}`}><MoneyText amount={line.amountMinor} currency={currency} hidesCurrency /></InvoiceWhy></td></tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
