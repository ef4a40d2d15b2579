/** What an edit changes, field by field. */
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { FieldValueView, fieldDifferenceSchema, mergedEntitySchema } from '../../../../shared/api/changes.contract.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { fieldWords } from './field-words.ts';

export type FieldDifference = z.infer<typeof fieldDifferenceSchema>;
export type MergedEntity = z.infer<typeof mergedEntitySchema>;

export function FieldValue({ column, value, currency }: { column: string; value: FieldValueView; currency: string | null }) {
  const { locale } = usePreferences();
  const words = fieldWords(column, value, { locale, currency });
  return words === 'nothing' ? <span className="muted nowrap">nothing</span> : <span style={{ overflowWrap: 'anywhere' }}>{words}</span>;
}

export function FieldDifferences({ fields, currency, from = 'Before', to = 'After' }: { fields: readonly FieldDifference[]; currency: string | null; from?: string; to?: string }) {
  if (fields.length === 0) return <p className="muted" style={{ paddingInline: 14 }}>No field differs.</p>;
  return (
    <table className="plain wrapping">
      <thead><tr><th scope="col">Field</th><th scope="col">{from}</th><th scope="col">{to}</th></tr></thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.column}>
            <th scope="row">{field.label}{field.isPriceBearing ? <span className="muted small"> bears a price</span> : null}</th>
            <td><FieldValue column={field.column} value={field.from} currency={currency} /></td>
            <td><FieldValue column={field.column} value={field.to} currency={currency} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The currency that a contract's or an amendment's amounts are in; null for a partner, and until it is known. */
export function useCurrencyOf(entity: MergedEntity | undefined, id: string | undefined): string | null {
  const { queries } = useApi();
  const own = useQuery(queries.contracts.values.queryOptions({ input: { entity: entity ?? 'contract', id: id ?? '' }, enabled: id !== undefined && entity !== undefined && entity !== 'partner', retry: false }));
  const values = own.data ? { ...own.data.values, ...own.data.pendingValues } : {};
  const contractId = entity === 'amendment' && typeof values['contract_id'] === 'string' ? values['contract_id'] : null;
  const contract = useQuery(queries.contracts.values.queryOptions({ input: { entity: 'contract', id: contractId ?? '' }, enabled: contractId !== null, retry: false }));
  const currency = entity === 'amendment' ? contract.data?.values['currency'] : values['currency'];
  return typeof currency === 'string' ? currency : null;
}
