/** What an edit changes, as a person compares it: an edit with what stood, new terms with those they follow, any other new record by what it says. */
import { useQuery } from '@tanstack/react-query';
import { Section } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { formatDay } from '../../../lib/dates.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { isAgreed, termsBefore } from '../contracts/terms-before.ts';
import { FieldDifferences, FieldValue, type FieldDifference } from '../field-differences.tsx';
import type { ChangeView } from './change-outcome.tsx';

/** Ids of other records: the links beside them say whose they are. */
const isReference = ({ column }: FieldDifference) => column === 'contract_id' || column === 'partner_id';
/** A change with what people decided of it in the place of what its author wrote: that is what would take effect. */
const inForce = (change: ChangeView): ChangeView => ({ ...change, ...change.decided });
const valueOf = (change: ChangeView, column: string): string => { const value = change.fields.find((field) => field.column === column)?.to; return typeof value === 'string' ? value : ''; };

export function ChangeFields({ change: written, currency }: { change: ChangeView; currency: string | null }) {
  const change = inForce(written);
  return (
    <>
      <FieldsOf change={change} currency={currency} />
      {change.decided ? <p className="quiet" style={{ padding: '0 14px 12px' }}>As its conflict was decided, not as {change.author} first wrote it.</p> : null}
    </>
  );
}

function FieldsOf({ change, currency }: { change: ChangeView; currency: string | null }) {
  if (change.operation === 'delete') return null;
  if (change.operation === 'update') return <Section title="What changes" isFlush><FieldDifferences fields={change.fields} currency={currency} /></Section>;
  return change.entity === 'amendment' ? <NewTerms change={change} currency={currency} /> : <NewRecord change={change} currency={currency} />;
}

function NewTerms({ change, currency }: { change: ChangeView; currency: string | null }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const contract = useQuery(queries.contracts.show.queryOptions({ input: { id: valueOf(change, 'contract_id') }, retry: false }));
  if (contract.isPending) return <Section title="What changes"><p className="muted">Reading the terms before it</p></Section>;
  if (!contract.data) return <NewRecord change={change} currency={currency} />;
  const day = valueOf(change, 'effective_from');
  // The timeline holds what stands by now: once the amendment is part of it, it does not follow itself.
  const before = termsBefore(contract.data.timeline.filter((terms) => terms.id !== change.entityId), day);
  const terms = change.fields.filter((field) => !isReference(field) && field.column !== 'effective_from').map((field) => ({ ...field, from: before[field.column] ?? null }));
  const differing = terms.filter((field) => JSON.stringify(field.from) !== JSON.stringify(field.to) && (isAgreed(field.from) || isAgreed(field.to)));
  return <Section title={`What changes from ${formatDay(day, locale)}`} isFlush><FieldDifferences fields={differing} currency={currency} from="Terms before" to="New terms" /></Section>;
}

function NewRecord({ change, currency }: { change: ChangeView; currency: string | null }) {
  return (
    <Section title="What it says" isFlush>
      <table className="plain wrapping">
        <thead><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead>
        <tbody>
          {change.fields.filter((field) => !isReference(field) && isAgreed(field.to)).map((field) => <tr key={field.column}><th scope="row">{field.label}</th><td><FieldValue column={field.column} value={field.to} currency={currency} /></td></tr>)}
        </tbody>
      </table>
    </Section>
  );
}
