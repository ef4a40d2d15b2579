import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../../components/date-text.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import { spreadOldestFirst, type OpenInvoice, type ReadAllocations } from './allocations.ts';

/** The invoices of a customer in a currency that have something due; undefined while they are read. */
export function useOpenInvoices(partyId: string, currency: string): { invoices: readonly OpenInvoice[] | undefined; error: unknown; retry: () => void } {
  const { queries } = useApi();
  const ageing = useQuery(queries.invoices.ageing.queryOptions({ input: { partyId } }));
  return { invoices: ageing.data?.rows.filter((row) => row.currency === currency).flatMap((row) => row.invoices), error: ageing.error, retry: () => void ageing.refetch() };
}

export interface AllocationTableProps {
  invoices: readonly OpenInvoice[];
  currency: string;
  /** What there is to apply; null: not typed yet. */
  amountMinor: number | null;
  typed: Readonly<Record<string, string>>;
  onType: (typed: Record<string, string>) => void;
  read: ReadAllocations;
}

/** Money beside the invoices it pays, with the difference as it runs. */
export function AllocationTable({ invoices, currency, amountMinor, typed, onType, read }: AllocationTableProps) {
  const { locale } = usePreferences();
  return (
    <div className="allocations" role="group" aria-label="Invoices it pays" tabIndex={0}>
      <table className="plain">
        <thead><tr><th scope="col">Invoice</th><th scope="col">Due on</th><th scope="col" className="num">Due</th><th scope="col" className="num">Apply, {currency.toUpperCase()}</th></tr></thead>
        <tbody>
          {invoices.map((invoice) => (
            <tr key={invoice.id}>
              <th scope="row">{invoice.number ?? invoice.id}</th><td><DateText day={invoice.dueOn} /></td><td className="num"><MoneyText amount={invoice.openMinor} currency={currency} hidesCurrency /></td>
              <td className="allocation-box"><TextInput aria-label={`Apply to ${invoice.number ?? invoice.id}`} autoComplete="off" styles={{ input: { textAlign: 'right' } }} value={typed[invoice.id] ?? ''} error={read.problems[invoice.id] ?? null} onChange={(event) => onType({ ...typed, [invoice.id]: event.currentTarget.value })} /></td>
            </tr>
          ))}
          {invoices.length === 0 ? <tr><td colSpan={4} className="quiet">Nothing of this customer is due in {currency.toUpperCase()}.</td></tr> : null}
          <tr className="sum"><th scope="row" colSpan={3}>Applied</th><td className="num"><MoneyText amount={read.appliedMinor} currency={currency} /></td></tr>
        </tbody>
      </table>
      <p className="row-flex allocation-foot">
        {invoices.length > 1 && amountMinor !== null ? <button type="button" className="text-button" onClick={() => onType(spreadOldestFirst(invoices, amountMinor, currency, locale))}>Spread over the oldest first</button> : null}
        <span className="grow" />
        <Difference amountMinor={amountMinor} appliedMinor={read.appliedMinor} currency={currency} />
      </p>
    </div>
  );
}

/** Over-payment stays the customer's money; more applied than received cannot be. */
function Difference({ amountMinor, appliedMinor, currency }: { amountMinor: number | null; appliedMinor: number; currency: string }) {
  if (amountMinor === null) return <span className="muted">Type what came in.</span>;
  const left = amountMinor - appliedMinor;
  return (
    <span role="status" className={left < 0 ? 'bad' : 'quiet'}>
      {left === 0 ? 'All of it is applied.' : <>{left > 0 ? 'Not applied, kept as the customer’s money: ' : 'Applied beyond what came in: '}<MoneyText amount={Math.abs(left)} currency={currency} /></>}
    </span>
  );
}

export function OpenInvoicesTrouble({ error, retry }: { error: unknown; retry: () => void }) {
  return error ? <ErrorNotice error={error} onRetry={retry} /> : null;
}
