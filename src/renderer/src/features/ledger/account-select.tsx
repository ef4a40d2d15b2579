import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ledgerAccountSchema } from '../../../../shared/api/ledger-reading.contract.ts';
import { accountNumber } from '../../lib/account-number.ts';
import { useApi } from '../../lib/api/api-context.tsx';

export type LedgerAccount = z.infer<typeof ledgerAccountSchema>;

/** The chart of accounts as it is read; it changes with a new version only. */
export function useChartOfAccounts() {
  const { queries } = useApi();
  return useQuery(queries.ledger.accounts.queryOptions({ input: {}, staleTime: 60_000 }));
}

export function useAccounts(): readonly LedgerAccount[] | undefined {
  return useChartOfAccounts().data?.accounts;
}

/** An account by its number or a part of its name. */
export function AccountSelect({ value, onChange, isClearable = false }: { value: string | undefined; onChange: (code: string | null) => void; isClearable?: boolean }) {
  const accounts = useAccounts();
  return (
    <Select
      aria-label="Account" placeholder={isClearable ? 'Any account' : 'Choose an account'} searchable clearable={isClearable} allowDeselect={isClearable} w={236} maxDropdownHeight={360} nothingFoundMessage="No such account"
      value={value ?? null} data={accounts?.map((account) => ({ value: account.code, label: `${accountNumber(account.code)} ${account.name}` })) ?? []} onChange={onChange}
    />
  );
}
