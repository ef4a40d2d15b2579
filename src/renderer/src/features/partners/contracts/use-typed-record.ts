/** A form while it is typed: what it means, what the rules say to it, and the draft that survives a window closed by accident. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { useApi } from '../../../lib/api/api-context.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { readDay } from '../../../lib/typed-values.ts';
import type { MergedEntity } from '../field-differences.tsx';
import { keepDraft, recallDraft } from './kept-drafts.ts';
import { changedValues, readForm, typedOf, type FormField, type TypedField, type TypedForm, type Values } from './term-form.ts';

export interface RecordToType {
  readonly entity: MergedEntity;
  /** Null: a new one. */
  readonly id: string | null;
  /** What the form begins with; of a new amendment by its day, null until one can be read. What nobody touched follows it. */
  readonly startOn: (day: string | null) => Values;
  readonly fields: readonly FormField[];
  /** Of the contract where the record has none of its own. */
  readonly currency: string | null;
  /** What the form begins with beyond what stands: the edits on their way. They are not sent again, but what the form says is reckoned with them. */
  readonly laidOver: Values;
  /** What is sent although it is no field of the form: the contract of an amendment. */
  readonly fixed: Values;
  readonly draftKey: string;
}

const pauseMs = 250;

export function useTypedRecord({ entity, id, startOn, fields, currency: given, laidOver, fixed, draftKey }: RecordToType) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const [kept] = useState(() => recallDraft(draftKey));
  const [touched, setTouched] = useState<TypedForm>(kept?.touched ?? {});
  const [reason, setReason] = useState(kept?.reason ?? '');
  const [wasRecalled, setRecalled] = useState(kept !== null);
  useEffect(() => keepDraft(draftKey, { touched, reason }), [draftKey, touched, reason]);

  const typedDay = touched['effective_from'];
  const day = typeof typedDay === 'string' ? readDay(typedDay, locale) : null;
  const readableDay = day?.isFine ? day.value : null;
  const start = useMemo(() => startOn(readableDay), [startOn, readableDay]);
  const typedCurrency = touched['currency'];
  const currency = typeof typedCurrency === 'string' ? typedCurrency.trim().toLowerCase() : typeof start['currency'] === 'string' ? start['currency'] : given;
  const initial = useMemo(() => {
    const context = { locale, currency: typeof start['currency'] === 'string' ? start['currency'] : given };
    return Object.fromEntries(fields.map((field): [string, TypedField] => [field.column, typedOf(field, start[field.column], context)]));
  }, [fields, start, locale, given]);
  const form = useMemo(() => ({ ...initial, ...touched }), [initial, touched]);
  const { values, unreadable } = useMemo(() => readForm(fields, form, { locale, currency }), [fields, form, locale, currency]);
  // Only boxes somebody touched can differ: how a value is written is never a change of it.
  const changed = useMemo(() => changedValues(start, Object.fromEntries(Object.entries(values).filter(([column]) => column in touched))), [start, values, touched]);
  const sent = useMemo<Values>(() => (id === null ? { ...start, ...values, ...fixed } : changed), [id, start, values, fixed, changed]);

  const said = useMemo<Values>(() => (id === null ? sent : { ...laidOver, ...sent }), [id, laidOver, sent]);

  const [asked] = useDebouncedValue(said, pauseMs);
  const check = useQuery(queries.contracts.check.queryOptions({ input: { entity, id, values: asked }, placeholderData: keepPreviousData, retry: false }));
  const isBehind = asked !== said || check.isFetching;
  const problems = check.data?.problems ?? [];
  const shown = new Set(fields.map((field) => field.column));
  const ruleOf = (column: string): string | null => { const problem = problems.find((each) => each.column === column); return problem ? withLocalDates(problem.message, locale) : null; };
  const problemOf = (column: string): string | null => unreadable[column] ?? (column in touched || id !== null || reason !== '' ? ruleOf(column) : null);
  return {
    form, start, changed, sent,
    hasUnreadable: Object.keys(unreadable).length > 0,
    asked, currency, reason, setReason, check, isBehind, problemOf, wasRecalled,
    /** The fields that keep it from being sent, marked yet or not. */
    unsound: fields.filter(({ column }) => column in unreadable || problems.some((problem) => problem.column === column)),
    /** What belongs to no box. */
    otherProblems: problems.filter((problem) => problem.column === null || !shown.has(problem.column)),
    isSound: problems.length === 0 && Object.keys(unreadable).length === 0 && check.isSuccess && !isBehind,
    isTouched: Object.keys(changed).length > 0 || Object.keys(unreadable).length > 0,
    type: (column: string, typed: TypedField) => setTouched((before) => ({ ...before, [column]: typed })),
    startAgain: () => { setTouched({}); setReason(''); setRecalled(false); },
    forget: () => { keepDraft(draftKey, null); },
  };
}
