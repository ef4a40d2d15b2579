import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { MissingFieldView } from '../../../../shared/api/documents.contract.ts';
import type { billingRunSchema } from '../../../../shared/api/invoices.contract.ts';
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import { sumByCurrency } from '../../components/data-grid/use-grid-selection.ts';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { PeriodPicker } from '../../components/period-picker.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth, monthOfInstant } from '../../lib/dates.ts';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';

/** What billing a month would make, without writing; then the job. */
export function BillingRunDialog({ onClose }: { onClose: () => void }) {
  const { queries } = useApi();
  const { now, timeZone, locale } = usePreferences();
  const latest = addMonths(asMonth(monthOfInstant(now, timeZone)), -1);
  const [period, setPeriod] = useState<string>(latest);
  const preview = useQuery(queries.invoices.previewRun.queryOptions({ input: { period }, gcTime: 0 }));
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {} })).data?.jobs;
  const job = findKnownJob(jobs, 'partner-billing');
  const start = useStartJob();
  const isDone = preview.data !== undefined && hasNothingToMake(preview.data);
  return (
    <Modal opened onClose={onClose} title="Bill the partners for a month" size="xl">
      <div style={{ display: 'grid', gap: 12 }}>
        <div className="row-flex"><PeriodPicker month={period} latest={latest} onChange={setPeriod} /><span className="quiet">Preview: nothing is written until you start it.</span></div>
        {preview.isError ? <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} /> : null}
        {preview.isPending ? <p className="muted">Rating the usage of {formatMonth(period, locale, 'long')}</p> : null}
        {preview.data ? <RunTable run={preview.data} /> : null}
        {isDone ? <p className="quiet">Every partner has the invoice of this month already: a run makes only the PDFs that are missing.</p> : null}
        {start.isError ? <ErrorNotice error={start.error} /> : null}
        <div className="row-flex">
          <Button disabled={!job || !preview.data} loading={start.isPending} onClick={() => { if (job) start.mutate({ job: job.name, period }, { onSuccess: onClose }); }}>{isDone ? 'Make the missing PDFs' : 'Make the drafts'} for {formatMonth(period, locale)}</Button>
          <Button variant="default" onClick={onClose}>Close</Button>
        </div>
      </div>
    </Modal>
  );
}

/** What is finalised stays as it is; a draft takes up what its partner or the company lacked, though its figures are the same. */
function hasNothingToMake({ succeeded, skipped, failed }: z.infer<typeof billingRunSchema>): boolean {
  return skipped.length > 0 && succeeded.length === 0 && failed.length === 0 && skipped.every((each) => each.status !== 'draft');
}

const messagesOf = (fields: readonly MissingFieldView[]): string => fields.map((field) => field.message.replace(/\.$/, '')).join('; ');

/** What of the partner keeps the invoice from carrying its electronic form; what the company lacks is said once, above. */
function Missing({ fields }: { fields: readonly MissingFieldView[] }) {
  return fields.length === 0 ? null : <div className="muted small">No electronic invoice: {messagesOf(fields)}</div>;
}

function RunTable({ run }: { run: z.infer<typeof billingRunSchema> }) {
  const { locale } = usePreferences();
  const number = new Intl.NumberFormat(locale);
  const ofCompany = [...new Map(run.succeeded.flatMap((each) => each.missing ?? []).filter((field) => field.where === 'company').map((field) => [field.message, field])).values()];
  const sums = sumByCurrency(run.succeeded.map((each) => ({ amount: each.totalMinor, currency: each.currency })));
  return (
    <>
      {ofCompany.length > 0 ? <p className="small">No electronic invoice (EN 16931) comes with these. Your company lacks, in <EntityLink to={links.invoiceTemplate}>Invoice template</EntityLink>: {messagesOf(ofCompany)}.</p> : null}
      <div style={{ maxHeight: 380, overflow: 'auto' }} tabIndex={0} role="group" aria-label="What this run would make">
        <table className="plain">
          <thead><tr><th scope="col">Partner</th><th scope="col">Number</th><th scope="col" className="num">Units</th><th scope="col" className="num">Subtotal</th><th scope="col" className="num">Tax</th><th scope="col" className="num">Total</th></tr></thead>
          <tbody>
            {run.succeeded.map((each) => (
              <tr key={each.contractId}>
                <th scope="row" className="wrap">{each.partnerName}<Missing fields={(each.missing ?? []).filter((field) => field.where !== 'company')} /></th><td>{each.number ?? '—'}</td><td className="num">{number.format(each.units)}</td>
                <td className="num"><MoneyText amount={each.subtotalMinor} currency={each.currency} hidesCurrency /></td><td className="num"><MoneyText amount={each.taxMinor} currency={each.currency} hidesCurrency /></td><td className="num"><MoneyText amount={each.totalMinor} currency={each.currency} /></td>
              </tr>
            ))}
            {run.skipped.map((each) => <tr key={each.contractId} className="muted"><th scope="row">{each.partnerName}</th><td>{each.number ?? '—'}</td><td colSpan={4} className="quiet">Left as it is: {statusWord(each.status).toLowerCase()}</td></tr>)}
            {run.failed.map((each) => <tr key={each.id}><th scope="row">{each.name}</th><td colSpan={5} className="bad">{each.message} <code>{each.code}</code></td></tr>)}
            {run.succeeded.length > 0 ? <tr className="sum"><th scope="row" colSpan={5}>{run.succeeded.length} {run.succeeded.length === 1 ? 'invoice' : 'invoices'}</th><td className="num"><MoneySums sums={sums} /></td></tr> : null}
          </tbody>
        </table>
        {run.succeeded.length + run.skipped.length + run.failed.length === 0 ? <p className="quiet section">No contract is in force in this month.</p> : null}
      </div>
    </>
  );
}
