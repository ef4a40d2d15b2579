import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { ChangeOutcome } from '../changes/change-outcome.tsx';
import type { MergedEntity } from '../field-differences.tsx';
import { PricePreview } from './price-preview.tsx';
import { TermField } from './term-fields.tsx';
import { changedValues, isShownFor, type FormField, type Values } from './term-form.ts';
import { useTypedRecord } from './use-typed-record.ts';

export interface EditorTarget {
  readonly entity: MergedEntity;
  /** Null: a new one. */
  readonly id: string | null;
  readonly title: string;
  /** Null for partners and new contracts. */
  readonly contractId: string | null;
  readonly currency: string | null;
  /** What a new record begins with; an amendment with the terms that hold on the day before it. `day` null: none is chosen yet. */
  readonly beginOn?: (day: string | null) => Values;
}

/** A record as a form, with what it would cost beside it. Opens with the values as they stand, and what is on its way laid over them. */
export function RecordEditor({ target, onClose }: { target: EditorTarget; onClose: () => void }) {
  const { queries } = useApi();
  const { entity, id } = target;
  const fields = useQuery(queries.contracts.fields.queryOptions({ input: { entity } }));
  const values = useQuery(queries.contracts.values.queryOptions({ input: { entity, id: id ?? '' }, enabled: id !== null, gcTime: 0 }));
  const error = fields.error ?? values.error;
  const isReady = fields.data && (id === null || values.data);
  const [isSent, setSent] = useState(false);
  return (
    <Modal opened onClose={onClose} title={target.title} size={isSent ? 'lg' : entity === 'partner' ? 'min(760px, 96vw)' : 'min(1240px, 96vw)'} closeOnClickOutside={false}>
      {error ? <ErrorNotice error={error} onRetry={() => { void fields.refetch(); void values.refetch(); }} /> : null}
      {isReady ? <EditorForm target={target} allFields={fields.data} stood={values.data ?? null} onSent={() => setSent(true)} onClose={onClose} /> : error ? null : <p className="muted">Reading the record</p>}
    </Modal>
  );
}

interface EditorFormProps {
  target: EditorTarget;
  allFields: readonly FormField[];
  stood: { version: number; values: Values; pendingValues: Values | null } | null;
  onSent: () => void;
  onClose: () => void;
}

function EditorForm({ target, allFields, stood, onSent, onClose }: EditorFormProps) {
  const { entity, id, contractId } = target;
  const { locale } = usePreferences();
  // What was there when the form was opened: a newer version that comes meanwhile is merged with, never written over.
  const [snapshot] = useState(stood);
  const [startOn] = useState(() => {
    if (!snapshot) return target.beginOn ?? (() => nothing);
    const stands: Values = { ...snapshot.values, ...snapshot.pendingValues };
    return () => stands;
  });
  const fields = useMemo(() => allFields.filter((field) => field.column !== 'contract_id' && (id === null || !field.isFixed)), [allFields, id]);
  const fixed = useMemo<Values>(() => (entity === 'amendment' && id === null && contractId ? { contract_id: contractId } : {}), [entity, id, contractId]);
  const laidOver = useMemo<Values>(() => (snapshot?.pendingValues ? changedValues(snapshot.values, snapshot.pendingValues) : nothing), [snapshot]);
  const record = useTypedRecord({ entity, id, startOn, fields, currency: target.currency, laidOver, fixed, draftKey: `${entity}.${id ?? `new.${contractId ?? ''}`}` });
  const submit = useSubmit(target, snapshot?.version ?? 0, record.sent, record.reason, () => { record.forget(); onSent(); });
  const model = record.form['pricing_model'];
  const shown = fields.filter((field) => isShownFor(field, typeof model === 'string' ? model : undefined, isFilled(record.start[field.column]) || record.problemOf(field.column) !== null));
  const said = record.reason.trim();
  const isReady = record.isSound && (id === null || record.isTouched) && said.length >= 3;
  // The dialog was there before the record was read: the first box takes the keyboard now.
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => { form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(); }, []);
  if (submit.data) return <div style={{ display: 'grid', gap: 12 }}><ChangeOutcome change={submit.data} /><div className="row-flex"><Button data-autofocus autoFocus onClick={onClose}>Done</Button></div></div>;
  const send = () => { if (isReady && !submit.isPending) submit.mutate(); };
  return (
    <form
      ref={form} aria-busy={record.isBehind} aria-label={target.title} noValidate onSubmit={(event) => { event.preventDefault(); send(); }}
      onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); } }}
    >
      <div className={`editor${entity === 'partner' ? ' alone' : ''}`}>
        <div>
          {record.wasRecalled ? <p className="in-words row-flex" role="status">What you had typed is back.<button type="button" className="text-button" onClick={record.startAgain}>Start again from what stands</button></p> : null}
          {entity === 'amendment' && id === null ? <p className="quiet">The form begins with the terms that hold on the day before, and what you leave alone follows the day.</p> : null}
          {snapshot?.pendingValues ? <p className="in-words">An edit of it is on its way; the form begins with what it wants.</p> : null}
          <div className="term-grid">
            {shown.map((field, index) => <TermField key={field.column} field={field} typed={record.form[field.column] ?? null} problem={record.problemOf(field.column)} currency={record.currency} counted={model === 'per_request' ? blocks(field.column) : 'deeds'} isFirst={index === 0} onChange={(typed) => record.type(field.column, typed)} />)}
          </div>
          {record.otherProblems.map((problem) => <p key={`${problem.column ?? ''}${problem.code}`} className="bad" role="alert">{withLocalDates(problem.message, locale)}</p>)}
          {record.check.isError ? <ErrorNotice error={record.check.error} onRetry={() => void record.check.refetch()} /> : null}
          {entity === 'partner' ? null : <p className="in-words" role="region" aria-label="In plain words">{record.check.data?.summary ?? <span className="muted">The terms in plain words stand here once they can be rated.</span>}</p>}
          <Textarea label="Reason" description="Kept with the version, at least three letters." required autosize minRows={2} maxRows={4} maxLength={500} value={record.reason} onChange={(event) => record.setReason(event.currentTarget.value)} />
        </div>
        {entity === 'partner' ? null : <div><PricePreview contractId={contractId} entity={entity} id={id} values={record.asked} isBehind={record.isBehind} leavesOut={record.hasUnreadable} /></div>}
      </div>
      <div className="editor-foot">
        {submit.isError ? <ErrorNotice error={submit.error} /> : null}
        <div className="row-flex">
          <Button type="submit" disabled={!isReady} loading={submit.isPending}>{id !== null ? 'Submit the change' : entity === 'partner' ? 'Submit the new partner' : 'Submit the new terms'}</Button>
          <Button variant="default" onClick={onClose}>Close, keep what is typed</Button>
          <span className="grow" />
          <span className="muted small" aria-live="polite">{hintOf({ isTouched: id === null || record.isTouched, isSound: record.isSound, isBehind: record.isBehind, hasReason: said.length >= 3, unsound: record.unsound.map((field) => field.label) })}</span>
        </div>
      </div>
    </form>
  );
}

const nothing: Values = {};

/** Requests are included one by one; their tiers count the blocks that are billed. */
function blocks(column: string): string {
  return column === 'tiers' ? 'blocks of 1,000 requests' : 'requests';
}

function isFilled(value: unknown): boolean {
  return value !== null && value !== undefined && value !== 0 && value !== '';
}

/** What is still missing before it can be sent. */
function hintOf({ isTouched, isSound, isBehind, hasReason, unsound }: { isTouched: boolean; isSound: boolean; isBehind: boolean; hasReason: boolean; unsound: readonly string[] }): string {
  if (!isTouched) return 'Nothing differs yet.';
  if (isBehind) return 'Checking';
  if (!isSound) return unsound.length === 0 ? 'Correct what is marked.' : `Missing or not right: ${unsound.slice(0, 3).join(', ')}${unsound.length > 3 ? ` and ${unsound.length - 3} more` : ''}.`;
  return hasReason ? 'Ctrl Enter submits.' : 'Say why.';
}

function useSubmit({ entity, id }: EditorTarget, baseVersion: number, values: Values, reason: string, forget: () => void) {
  const api = useApi();
  const cache = useQueryClient();
  // A double click and a lost reply are the same command and the same new record; what was corrected meanwhile is another command.
  const [newId] = useState(() => crypto.randomUUID());
  const content = JSON.stringify([values, reason.trim()]);
  const commandId = useMemo(() => (content ? crypto.randomUUID() : ''), [content]);
  return useMutation({
    mutationFn: () => api.client.changes.submit({ commandId, edit: { entity, entityId: id ?? newId, operation: id === null ? 'create' : 'update', baseVersion, values, reason: reason.trim() } }),
    onSuccess: forget,
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); markStale(api, cache, 'today'); },
  });
}
