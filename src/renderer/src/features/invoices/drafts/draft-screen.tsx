import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Screen } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { formatMonth } from '../../../lib/dates.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { takeOverLabels } from '../draft-to-finalise.ts';
import { FinaliseDialog } from '../finalise-dialog.tsx';
import { originWords } from '../origin-words.ts';
import { ReasonDialog } from '../reason-dialog.tsx';
import { CustomerBox } from './customer-box.tsx';
import { DetailsBox } from './details-box.tsx';
import type { DeskState, DraftDesk } from './draft-desk.ts';
import type { DraftView } from './draft-steps.ts';
import { LinesBox } from './lines-box.tsx';
import { SaveTrouble, SaveWord } from './save-note.tsx';
import { TaxBox } from './tax-box.tsx';
import { TotalsBox } from './totals-box.tsx';
import { useDraftDesk } from './use-draft-desk.ts';
import { useDraftKeys } from './use-draft-keys.ts';

/** A draft over the whole width: lines, days, tax and totals, saved as it is typed. */
export function DraftScreen() {
  const { id = '' } = useParams();
  const { queries } = useApi();
  const canBill = useCan('accountant');
  const draft = useQuery(queries.invoices.draft.queryOptions({ input: { id }, enabled: canBill }));
  if (!canBill) return <Screen title="Draft invoice"><EmptyState title="Drafts are edited by accountants" action={<EntityLink to={links.invoice(id)}>Look at the invoice</EntityLink>}>Your role may look at it, not change it.</EmptyState></Screen>;
  if (draft.data) return <Editor key={id} draft={draft.data} />;
  return (
    <Screen title="Draft invoice">
      {draft.isError ? <ErrorNotice error={draft.error} onRetry={() => void draft.refetch()} /> : <span className="muted">Opening the draft</span>}
      {isNoDraft(draft.error) ? <p><EntityLink to={links.invoice(id)}>Look at the invoice</EntityLink></p> : null}
    </Screen>
  );
}

/** It is an invoice, but a finalised or a void one. */
const isNoDraft = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error && error.code === 'invoice-state';

function Editor({ draft }: { draft: DraftView }) {
  const { desk, state } = useDraftDesk(draft);
  const { view } = state;
  const navigate = useNavigate();
  const leave = useCallback(() => { void navigate(links.invoice(draft.id)); }, [navigate, draft.id]);
  useDraftKeys(desk, leave);
  const controls = (
    <>
      <span className="nowrap"><EntityLink to={links.invoice(view.id)}>{view.customerName}</EntityLink> <span className="muted">{originWords[view.kind]}</span> <StatusBadge status="draft" /></span>
      <span className="control">Total <b><MoneyText amount={view.totals.totalMinor} currency={view.currency} /></b></span>
      <SaveWord state={state} />
      <button type="button" className="control" title="Undo (Ctrl Z)" disabled={state.undoable.length === 0} onClick={() => desk.undo()}>Undo</button>
      <button type="button" className="control" title="Redo (Ctrl Shift Z)" disabled={state.redoable.length === 0} onClick={() => desk.redo()}>Redo</button>
      <DraftActs desk={desk} state={state} onLeave={leave} />
    </>
  );
  return (
    <Screen title="Draft invoice" part={view.customerName} controls={controls}>
      <SaveTrouble desk={desk} state={state} />
      <Problems desk={desk} state={state} />
      <LinesBox desk={desk} state={state} />
      <div className="two">
        <div className="draft-boxes">{view.customer ? <CustomerBox desk={desk} customer={view.customer} /> : null}<DetailsBox desk={desk} view={view} /><TaxBox desk={desk} state={state} /></div>
        <div className="draft-boxes"><TotalsBox desk={desk} state={state} /></div>
      </div>
    </Screen>
  );
}

/** What the register names, but for what has been typed since. */
function problemsOf({ saved, view }: DeskState): DraftView['problems'] {
  return saved.problems.filter((problem) => problem.code !== 'draft-empty' || view.lines.every((line) => line.isRemoved));
}

/** What keeps it from being finalised, said before anybody tries. */
function Problems({ desk, state }: { desk: DraftDesk; state: DeskState }) {
  const problems = problemsOf(state);
  if (problems.length === 0) return null;
  return (
    <section className="notice attention" aria-label="Before it can be finalised">
      <strong>Before it can be finalised</strong>
      <ul>{problems.map((problem, index) => <li key={`${problem.code}/${index}`}>{problem.message} <code className="muted">{problem.code}</code><ProblemRemedy code={problem.code} desk={desk} billingMonth={state.view.billingMonth} /></li>)}</ul>
    </section>
  );
}

/** What mends a problem that the draft itself cannot. */
function ProblemRemedy({ code, desk, billingMonth }: { code: string; desk: DraftDesk; billingMonth: string | null }) {
  const { locale } = usePreferences();
  const label = takeOverLabels[code];
  if (label === undefined) return null;
  if (billingMonth !== null) return <> <EntityLink to={links.runSheetOf(billingMonth)}>Make the drafts of {formatMonth(billingMonth, locale)} again</EntityLink></>;
  return <> <button type="button" className="text-button" onClick={() => desk.act([{ kind: 'take-records' }])}>{label}</button></>;
}

/** Finalising takes what is saved: what is still typed is saved first. */
function DraftActs({ desk, state, onLeave }: { desk: DraftDesk; state: DeskState; onLeave: () => void }) {
  const [dialog, setDialog] = useState<'finalise' | 'discard' | null>(null);
  const navigate = useNavigate();
  const { saved, held } = state;
  const isBlocked = problemsOf(state).length > 0 || Object.keys(held).length > 0 || state.save === 'clash' || state.save === 'refused';
  const finalise = async () => { if (await desk.flush()) setDialog('finalise'); };
  return (
    <>
      <Button disabled={isBlocked} title={isBlocked ? 'Something stands in the way: it is named below' : undefined} onClick={() => void finalise()}>Finalise…</Button>
      {saved.kind === 'one-off' || saved.problems.some((problem) => problem.code === 'contract-not-in-force') ? <Button variant="default" onClick={() => setDialog('discard')}>Discard…</Button> : null}
      {dialog === 'finalise' ? <FinaliseDialog drafts={[{ id: saved.id, number: null, customerName: saved.customerName, billingMonth: saved.billingMonth, total: { amount: saved.totals.totalMinor, currency: saved.currency }, totalsFingerprint: saved.totalsFingerprint }]} onClose={(isDone) => { setDialog(null); if (isDone) onLeave(); }} /> : null}
      {dialog === 'discard' ? (
        <ReasonDialog title="Discard this draft?" actLabel="Discard the draft" keepLabel="Keep it" run={(invoices, command) => invoices.discardDraft({ ...command, id: saved.id })} onClose={(isDone) => { setDialog(null); if (isDone) void navigate(links.invoices); }}>
          <p>It never becomes an invoice: no number is used, nothing is posted. It stays in the list as void.</p>
        </ReasonDialog>
      ) : null}
    </>
  );
}
