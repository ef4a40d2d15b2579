import { Button, Radio, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { z } from 'zod';
import type { conflictSchema, resolutionSchema } from '../../../../../shared/api/changes.contract.ts';
import { Section } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { TermField } from '../contracts/term-fields.tsx';
import { readTyped, typedOf, type FormField, type TypedField } from '../contracts/term-form.ts';
import { FieldValue } from '../field-differences.tsx';
import { DecisionError } from './decision-error.tsx';

export type Conflict = z.infer<typeof conflictSchema>;
type Keep = 'mine' | 'theirs' | 'other';
type Choices = z.infer<typeof resolutionSchema>;

/** One choice for each clashing field: mine, theirs, or a third value typed as in the form; then why. Nothing is chosen beforehand. */
export function ConflictResolver({ conflict, mine, currency }: { conflict: Conflict; /** What the edit's own values are called. */ mine: string; currency: string | null }) {
  const api = useApi();
  const cache = useQueryClient();
  const { locale } = usePreferences();
  const fields = useQuery(api.queries.contracts.fields.queryOptions({ input: { entity: conflict.entity } }));
  const [kept, setKept] = useState<Readonly<Record<string, Keep>>>({});
  const [typed, setTyped] = useState<Readonly<Record<string, TypedField>>>({});
  const [reason, setReason] = useState('');
  const context = { locale, currency };
  const fieldOf = (column: string): FormField | undefined => fields.data?.find((field) => field.column === column);
  const typedFor = (column: string, theirs: Conflict['fields'][number]['theirs']): TypedField => { const field = fieldOf(column); return typed[column] ?? (field ? typedOf(field, theirs, context) : ''); };
  const problems: Record<string, string> = {};
  const choices: Choices = {};
  for (const { column, theirs } of conflict.fields) {
    const keep = kept[column];
    if (keep === 'mine' || keep === 'theirs') choices[column] = { keep };
    const field = fieldOf(column);
    if (keep !== 'other' || !field) continue;
    const read = readTyped(field, typedFor(column, theirs), context);
    if (read.isFine) choices[column] = { keep, value: read.value };
    else problems[column] = read.message;
  }
  const isReady = conflict.fields.every(({ column }) => column in choices) && reason.trim().length >= 3;
  const content = JSON.stringify([choices, reason.trim()]);
  // A double click or a lost reply is the same command; another decision is another one.
  const commandId = useMemo(() => (content ? crypto.randomUUID() : ''), [content]);
  const resolving = useMutation({
    mutationFn: () => api.client.changes.resolve({ commandId, id: conflict.id, choices, reason: reason.trim() }),
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); markStale(api, cache, 'today'); },
  });
  return (
    <Section title="Decide">
      <form style={{ display: 'grid', gap: 12 }} aria-label="Decide the conflict" aria-busy={resolving.isPending} onSubmit={(event) => { event.preventDefault(); if (isReady) resolving.mutate(); }}>
        {conflict.fields.map((clash) => {
          const field = fieldOf(clash.column);
          return (
            <div key={clash.column} className="clash">
              <Radio.Group label={clash.label} description={<>Both saw: <FieldValue column={clash.column} value={clash.base} currency={currency} /></>} value={kept[clash.column] ?? null} onChange={(keep) => setKept((before) => ({ ...before, [clash.column]: keep as Keep }))}>
                <div className="clash-choices">
                  <Radio value="mine" label={<>{mine}: <b><FieldValue column={clash.column} value={clash.mine} currency={currency} /></b></>} />
                  <Radio value="theirs" label={<>Theirs: <b><FieldValue column={clash.column} value={clash.theirs} currency={currency} /></b></>} />
                  {field ? <Radio value="other" label="A third value" /> : null}
                </div>
              </Radio.Group>
              {field && kept[clash.column] === 'other' ? <TermField field={field} typed={typedFor(clash.column, clash.theirs)} problem={problems[clash.column] ?? null} currency={currency} isFirst={false} onChange={(next) => setTyped((before) => ({ ...before, [clash.column]: next }))} /> : null}
            </div>
          );
        })}
        <Textarea label="Reason" required autosize minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Kept with the version, at least three letters." />
        {resolving.isError ? <DecisionError error={resolving.error} /> : null}
        <div><Button type="submit" disabled={!isReady} loading={resolving.isPending}>Decide</Button></div>
      </form>
    </Section>
  );
}
