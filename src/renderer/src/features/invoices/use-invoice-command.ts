import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';

/**
 * A command on invoices. A double click, a retry and a lost answer are the same command; what was corrected meanwhile is another.
 * @param content all that the command says.
 */
export function useInvoiceCommand<Output>(content: unknown, run: (invoices: DaybookClient['invoices'], commandId: string) => Promise<Output>, onDone: (output: Output) => void): UseMutationResult<Output, unknown, void> {
  const api = useApi();
  const cache = useQueryClient();
  const signature = JSON.stringify(content);
  const commandId = useMemo(() => (signature ? crypto.randomUUID() : ''), [signature]);
  return useMutation({
    mutationFn: () => run(api.client.invoices, commandId),
    onSuccess: onDone,
    onSettled: () => { for (const entity of ['invoices', 'ledger', 'partners', 'today'] as const) markStale(api, cache, entity); },
  });
}
