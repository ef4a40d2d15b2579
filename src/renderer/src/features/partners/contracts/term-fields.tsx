import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../../lib/api/api-context.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import { writeDay } from '../../../lib/typed-values.ts';
import { addressBoxes, isTypedTiers, type FormField, type TypedField, type TypedTiers } from './term-form.ts';

export interface TermFieldProps {
  field: FormField;
  typed: TypedField;
  problem: string | null;
  currency: string | null;
  /** What included units and tiers count: 'deeds', 'blocks of 1,000 requests'. */
  counted?: string;
  /** The first of the form takes the keyboard. */
  isFirst: boolean;
  onChange: (typed: TypedField) => void;
}

/** One field as its kind asks for: a box, a choice, rows of tiers, lines of an address; what is wrong stands beside it. */
export function TermField({ field, typed, problem, currency, counted = 'units', isFirst, onChange }: TermFieldProps) {
  const { locale } = usePreferences();
  const text = typeof typed === 'string' ? typed : '';
  const shared = { label: field.label, error: problem, required: !field.isOptional && !['amount', 'count', 'basis-points', 'prefixes', 'address'].includes(field.kind), ...(isFirst ? { 'data-autofocus': true } : {}) };
  if (field.column === 'partner_id') return <PartnerSelect {...shared} value={text} onChange={onChange} />;
  if (field.choices) {
    return <NativeSelect {...shared} value={text} data={[...(text === '' ? [{ value: '', label: 'Choose' }] : []), ...field.choices]} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  switch (field.kind) {
    case 'tiers': return <TiersEditor field={field} tiers={isTypedTiers(typed) ? typed : null} problem={problem} currency={currency} counted={counted} onChange={onChange} />;
    case 'address': return <AddressEditor field={field} lines={(typed ?? {}) as Readonly<Record<string, string>>} problem={problem} onChange={onChange} />;
    case 'long-text': return <Textarea {...shared} className="whole-row" autosize minRows={2} maxRows={6} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  const unit = unitOf(field.kind, currency);
  const hint = field.kind === 'date' ? `Such as ${writeDay('2026-12-01', locale)}` : field.kind === 'prefixes' ? 'With blanks between them' : undefined;
  return (
    <TextInput
      {...shared} value={text} spellCheck={false} autoComplete="off" {...(hint ? { description: hint, inputWrapperOrder: ['label', 'input', 'description', 'error'] } : {})}
      {...(unit ? { rightSection: <span className="muted small">{unit}</span>, rightSectionWidth: 48, rightSectionPointerEvents: 'none', styles: { input: { textAlign: 'right' } } } : {})}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function unitOf(kind: string, currency: string | null): string | null {
  switch (kind) {
    case 'amount':
    case 'price': return currency?.toUpperCase() ?? null;
    case 'basis-points': return '%';
    case 'days': return 'days';
    case 'count': return 'units';
    default: return null;
  }
}

function PartnerSelect({ value, onChange, ...shared }: { label: string; error: string | null; required: boolean; value: string; onChange: (typed: string) => void }) {
  const { queries } = useApi();
  const partners = useQuery(queries.contracts.partners.queryOptions({ input: {} }));
  return (
    <NativeSelect
      {...shared} value={value} data={[...(value === '' ? [{ value: '', label: partners.data ? 'Choose' : 'Reading the partners' }] : []), ...(partners.data?.map(({ id, name, isWanted }) => ({ value: id, label: isWanted ? `${name} (on its way)` : name })) ?? [])]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function TiersEditor({ field, tiers, problem, currency, counted, onChange }: { field: FormField; tiers: TypedTiers | null; problem: string | null; currency: string | null; counted: string; onChange: (typed: TypedTiers | null) => void }) {
  const rows = tiers?.rows ?? [];
  const mode = tiers?.mode ?? 'graduated';
  const set = (next: TypedTiers['rows'], nextMode = mode) => onChange(next.length === 0 ? null : { mode: nextMode, rows: next });
  const change = (index: number, patch: Partial<TypedTiers['rows'][number]>) => set(rows.map((row, place) => (place === index ? { ...row, ...patch } : row)));
  // A new tier goes before the last, which has no end.
  const add = () => set(rows.length === 0 ? [{ upTo: '', unitPrice: '' }] : [...rows.slice(0, -1), { upTo: '', unitPrice: '' }, ...rows.slice(-1)]);
  return (
    <fieldset className="tiers whole-row">
      <legend>{field.label}</legend>
      {rows.length > 0 ? (
        <>
          <NativeSelect label="How tiers count" value={mode} data={[{ value: 'graduated', label: 'Each unit at its own tier (graduated)' }, { value: 'volume', label: 'All units at the tier reached (volume)' }]} onChange={(event) => set(rows, event.currentTarget.value)} />
          <div className="tier-row muted" aria-hidden="true"><span>Up to, in {counted}</span><span>Price of each</span><span style={{ visibility: 'hidden' }}>Remove</span></div>
          {rows.map((row, index) => (
            // The place is what a tier is: rows have no other name.
            <div key={index} className="tier-row">
              <TextInput aria-label={`Tier ${index + 1}, up to`} placeholder={index === rows.length - 1 ? 'No end' : 'Up to'} value={row.upTo} autoComplete="off" onChange={(event) => change(index, { upTo: event.currentTarget.value })} />
              <TextInput aria-label={`Tier ${index + 1}, price`} placeholder="Price" value={row.unitPrice} autoComplete="off" rightSection={<span className="muted small">{currency?.toUpperCase()}</span>} rightSectionWidth={48} onChange={(event) => change(index, { unitPrice: event.currentTarget.value })} />
              <button type="button" className="text-button" aria-label={`Remove tier ${index + 1}`} onClick={() => set(rows.filter((_row, place) => place !== index))}>Remove</button>
            </div>
          ))}
        </>
      ) : <span className="muted small">No tiers: one price for every unit.</span>}
      {problem ? <span className="bad small" role="alert">{problem}</span> : null}
      <div><Button size="compact-xs" variant="default" onClick={add}>Add a tier</Button></div>
    </fieldset>
  );
}

function AddressEditor({ field, lines, problem, onChange }: { field: FormField; lines: Readonly<Record<string, string>>; problem: string | null; onChange: (typed: Readonly<Record<string, string>>) => void }) {
  return (
    <fieldset className="tiers whole-row">
      <legend>{field.label}</legend>
      <div className="term-grid">
        {addressBoxes(lines).map(({ name, label }) => <TextInput key={name} label={label} value={lines[name] ?? ''} autoComplete="off" onChange={(event) => onChange({ ...lines, [name]: event.currentTarget.value })} />)}
      </div>
      {problem ? <span className="bad small" role="alert">{problem}</span> : null}
    </fieldset>
  );
}
