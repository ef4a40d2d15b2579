import { Button, FileButton, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { importPlanSchema } from '../../../../../shared/api/contracts.contract.ts';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { links } from '../../../lib/links.ts';
import { FieldValue } from '../field-differences.tsx';

type Plan = z.infer<typeof importPlanSchema>;
interface ChosenFile { readonly name: string; readonly format: 'csv' | 'json'; readonly text: string }

const entityWords = { partner: 'Partner', contract: 'Contract', amendment: 'Amendment' } as const;

/** A file of partners, contracts and amendments: what it would do and every problem by its row, then, with a reason, the import. Nothing is written before. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId, setCommandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const plan = useMutation({
    mutationFn: async (file: File) => {
      const chosen: ChosenFile = { name: file.name, format: file.name.toLowerCase().endsWith('.json') ? 'json' : 'csv', text: await file.text() };
      return { chosen, plan: await api.client.contracts.planImport({ format: chosen.format, text: chosen.text }) };
    },
    onSuccess: () => setCommandId(crypto.randomUUID()),
  });
  const doing = useMutation({
    mutationFn: ({ format, text }: ChosenFile) => api.client.contracts.importFile({ commandId, format, text, reason: reason.trim() }),
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); },
  });
  const planned = plan.data?.plan;
  const edits = planned ? planned.creates + planned.updates : 0;
  const isReady = planned !== undefined && planned.problems.length === 0 && edits > 0 && reason.trim().length >= 3;
  const choose = (file: File | null) => { doing.reset(); if (file) plan.mutate(file); };
  return (
    <Modal opened onClose={onClose} title="Import contracts" size="min(960px, 96vw)">
      <form style={{ display: 'grid', gap: 12 }} aria-busy={plan.isPending || doing.isPending} onSubmit={(event) => { event.preventDefault(); if (isReady && plan.data) doing.mutate(plan.data.chosen); }}>
        {doing.isSuccess ? (
          <>
            <p role="status"><b><NumberText value={doing.data.changes.length} /> {doing.data.changes.length === 1 ? 'edit is' : 'edits are'} on the way.</b> Each goes the road of every edit: <EntityLink to={links.queue}>follow them in the Queue</EntityLink>.</p>
            <div><Button autoFocus onClick={onClose}>Done</Button></div>
          </>
        ) : (
          <>
            <p className="quiet">A CSV or JSON file as the export writes it: prices with a point, amounts in whole minor units, days as 2026-10-31. An empty id makes a new record. First you see what it would do.</p>
            <div className="row-flex">
              <FileButton accept=".csv,.json,text/csv,application/json" inputProps={{ 'aria-label': 'File to import' }} onChange={choose}>{(props) => <Button {...props} variant={planned ? 'default' : 'filled'} loading={plan.isPending} data-autofocus>Choose a file…</Button>}</FileButton>
              {plan.data ? <span className="muted">{plan.data.chosen.name}</span> : null}
            </div>
            {plan.isError ? <ErrorNotice error={plan.error} /> : null}
            {planned ? <PlanView plan={planned} /> : null}
            {planned && planned.problems.length === 0 && edits > 0 ? <Textarea label="Reason" description="Kept with every version it makes, at least three letters." required autosize minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} /> : null}
            {doing.isError ? <ErrorNotice error={doing.error} /> : null}
            <div className="row-flex"><Button type="submit" disabled={!isReady} loading={doing.isPending}>{edits === 1 ? 'Import 1 edit' : `Import ${edits} edits`}</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
          </>
        )}
      </form>
    </Modal>
  );
}

/** Field by field what stands and what the file says, so that a slip in a price is seen before it is sent. */
function PlannedChanges({ edit: { fields, currency } }: { edit: Plan['planned'][number] }) {
  return <>Changes {fields.map((field, index) => <span key={field.column}>{index === 0 ? '' : '; '}{field.label.toLowerCase()}: <FieldValue column={field.column} value={field.from} currency={currency} /> → <FieldValue column={field.column} value={field.to} currency={currency} /></span>)}</>;
}

function PlanView({ plan }: { plan: Plan }) {
  const { fileRows, creates, updates, unchanged, problems, planned } = plan;
  return (
    <section aria-label="What the import would do" style={{ display: 'grid', gap: 8 }}>
      <p role="status"><NumberText value={fileRows} /> {fileRows === 1 ? 'row' : 'rows'}: <NumberText value={creates} /> new, <NumberText value={updates} /> changed, <NumberText value={unchanged} /> as they stand{problems.length > 0 ? <>, <b className="bad">{problems.length === 1 ? '1 problem' : `${problems.length} problems`}: nothing is imported while there is one</b></> : null}.</p>
      {problems.length > 0 ? (
        <div className="scroll-x import-list" tabIndex={0} role="group" aria-label="Problems by row">
          <table className="plain wrapping">
            <thead><tr><th scope="col">Row</th><th scope="col">Column</th><th scope="col">Problem</th></tr></thead>
            <tbody>{problems.map((problem, index) => <tr key={index}><td>{problem.row ?? '—'}</td><td>{problem.column ? <code>{problem.column}</code> : <span className="muted">—</span>}</td><td>{problem.message}</td></tr>)}</tbody>
          </table>
        </div>
      ) : null}
      {planned.length > 0 ? (
        <div className="scroll-x import-list" tabIndex={0} role="group" aria-label="Planned edits">
          <table className="plain wrapping">
            <thead><tr><th scope="col">Row</th><th scope="col">Record</th><th scope="col">What it does</th></tr></thead>
            <tbody>{planned.map((edit) => <tr key={`${edit.row}${edit.entityId}`}><td>{edit.row}</td><td>{edit.title} <span className="muted small">{entityWords[edit.entity]}</span></td><td>{edit.operation === 'create' ? 'New' : <PlannedChanges edit={edit} />}</td></tr>)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}
