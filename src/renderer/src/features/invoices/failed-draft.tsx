import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from 'react-router';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { formatMonth } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { takeOverLabels, type DraftToFinalise } from './draft-to-finalise.ts';

export interface FinaliseFailure {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly nextStep: string | null;
}

export interface FailedDraftProps {
  failure: FinaliseFailure;
  draft: DraftToFinalise | undefined;
  /** As it stands since it was mended here; undefined until then. */
  taken: DraftToFinalise | undefined;
  onTaken: (draft: DraftToFinalise) => void;
  /** The person goes elsewhere to mend it. */
  onLeave: () => void;
}

/** What a billing run of its month mends. */
const mendedByBilling: ReadonlySet<string> = new Set(['invoice-changed', 'tax-rounding-changed', 'draft-outdated']);

/** A draft that was not finalised: why, and what mends it, here where that is one click. */
export function FailedDraft({ failure, draft, taken, onTaken, onLeave }: FailedDraftProps) {
  const { id, name, code, message, nextStep } = failure;
  const take = useTakeOver(draft, onTaken);
  if (taken) return <p role="status">{name}: taken over. It comes to <MoneyText amount={taken.total.amount} currency={taken.total.currency} />.</p>;
  const actions = (
    <>
      {draft && draft.billingMonth === null && takeOverLabels[code] !== undefined ? <Button size="compact-sm" variant="default" loading={take.isPending} onClick={() => take.mutate()}>{takeOverLabels[code]}</Button> : null}
      {draft && draft.billingMonth !== null && mendedByBilling.has(code) ? <RunSheetLink month={draft.billingMonth} onLeave={onLeave} /> : null}
      <DraftLink id={id} onLeave={onLeave} />
    </>
  );
  return (
    <>
      <ErrorNotice error={{ code, message: `${name}: ${message}`, nextStep }} actions={actions} />
      {take.isError ? <ErrorNotice error={take.error} /> : null}
    </>
  );
}

function useTakeOver(draft: DraftToFinalise | undefined, onTaken: (draft: DraftToFinalise) => void) {
  const api = useApi();
  const cache = useQueryClient();
  return useMutation({
    // Taken over twice is taken over once: each try reads the draft anew and is a command of its own.
    mutationFn: async () => {
      if (!draft) return;
      const { version } = await api.client.invoices.draft({ id: draft.id });
      const { customerName, totals, currency, totalsFingerprint } = await api.client.invoices.editDraft({ commandId: crypto.randomUUID(), id: draft.id, version, edits: [{ kind: 'take-records' }] });
      onTaken({ ...draft, customerName, total: { amount: totals.totalMinor, currency }, totalsFingerprint });
    },
    onSettled: () => markStale(api, cache, 'invoices'),
  });
}

function RunSheetLink({ month, onLeave }: { month: string; onLeave: () => void }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const { locale } = usePreferences();
  if (pathname.startsWith(links.runSheet)) return null;
  return <Button size="compact-sm" variant="default" onClick={() => { onLeave(); void navigate(links.runSheetOf(month)); }}>Run sheet of {formatMonth(month, locale)}</Button>;
}

function DraftLink({ id, onLeave }: { id: string; onLeave: () => void }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  if (pathname === links.draft(id)) return null;
  return <Button size="compact-sm" variant="default" onClick={() => { onLeave(); void navigate(links.draft(id)); }}>Open the draft</Button>;
}
