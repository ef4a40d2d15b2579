import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../lib/api/api-context.tsx';

/** The currencies that anybody ever paid in. */
export function CurrencySelect({ value, onChange }: { value: string | undefined; onChange: (currency: string | null) => void }) {
  const { queries } = useApi();
  const groups = useQuery(queries.payments.list.queryOptions({ input: { startAt: 0, limit: 1 }, staleTime: 60_000 })).data?.groups ?? [];
  const currencies = [...new Set([...groups.map((group) => group.currency), ...(value ? [value] : [])])].toSorted();
  return <Select aria-label="Currency" placeholder="Currency" clearable searchable w={112} nothingFoundMessage="None" value={value ?? null} data={currencies.map((currency) => ({ value: currency, label: currency.toUpperCase() }))} onChange={onChange} />;
}
