import type { ReactNode } from 'react';
import type { AgeingFigureName, InvoiceFigureName } from '../../../../shared/api/invoice-why.contract.ts';
import { WhyButton } from '../../components/why-popover.tsx';
import { useApi } from '../../lib/api/api-context.tsx';

export interface InvoiceWhyProps {
  id: string;
  figure: InvoiceFigureName;
  /** Of a line: its place, or its id on a draft. */
  line?: string;
  /** Of a draft: what was asked of one version is not an answer for the next. */
  version?: number;
  /** What the figure is called. */
  label: string;
  /** Left out: the word “why”. */
  children?: ReactNode;
}

/** “Why” of a figure of an invoice. */
export function InvoiceWhy({ id, figure, line, version, label, children }: InvoiceWhyProps) {
  const { client, queries } = useApi();
  const input = line === undefined ? { id, figure } : { id, figure, line };
  return <WhyButton questionKey={[...queries.invoices.why.queryKey({ input }), version ?? null]} ask={() => client.invoices.why(input)} label={label}>{children}</WhyButton>;
}

export interface AgeingWhyProps {
  figure: AgeingFigureName;
  currency: string;
  asOf: string;
  /** Left out: of all customers. */
  partyId?: string;
  /** One invoice's part of it. */
  invoiceId?: string;
  label: string;
  children: ReactNode;
}

/** “Why” of a figure of ageing. */
export function AgeingWhy({ figure, currency, asOf, partyId, invoiceId, label, children }: AgeingWhyProps) {
  const { client, queries } = useApi();
  const input = { figure, currency, asOf, ...(partyId === undefined ? {} : { partyId }), ...(invoiceId === undefined ? {} : { invoiceId }) };
  return <WhyButton questionKey={queries.invoices.ageingWhy.queryKey({ input })} ask={() => client.invoices.ageingWhy(input)} label={label}>{children}</WhyButton>;
}
