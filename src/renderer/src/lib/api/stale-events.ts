/**
 * Listens to what has become stale and has it asked again (architecture.md §3: events say what is stale, never what to do).
 */
import type { QueryClient } from '@tanstack/react-query';
import type { Stale } from '../../../../shared/api/system.contract.ts';
import type { Api } from './api-context.tsx';

/** The first words of the query keys each entity shows up in. */
function staleKeys({ queries }: Api, entity: Stale['entity']): readonly (readonly unknown[])[] {
  switch (entity) {
    case 'status': return [queries.system.status.key(), queries.changes.status.key()];
    // The report says when it was sent last: that is written with the end of its run.
    case 'jobs': return [queries.jobs.key(), queries.workbench.report.key(), queries.system.status.key()];
    case 'invoices': return [queries.invoices.key(), queries.documents.missingFields.key(), queries.customers.key(), queries.partners.key(), queries.system.status.key(), queries.system.today.key()];
    case 'partners': return [queries.partners.key(), queries.contracts.key(), queries.changes.key(), queries.system.status.key()];
    case 'discrepancies': return [queries.reconciliation.key(), queries.workbench.key(), queries.closeEvidence.key(), queries.system.status.key(), queries.system.today.key()];
    case 'ledger': return [queries.ledger.key(), queries.revenueMeasures.recognition.key(), queries.revenueMeasures.recognitionDays.key(), queries.payments.key(), queries.customers.key()];
    case 'revenue': return [queries.revenue.key(), queries.revenueMeasures.key(), queries.revenueScreens.key(), queries.revenueReport.make.key()];
    case 'today': return [queries.system.today.key(), queries.system.status.key()];
    case 'settings': return [queries.settings.key(), queries.people.key(), queries.documents.key()];
    case 'backups': return [queries.backups.key()];
    case 'stripe': return [queries.stripe.key()];
    case 'rates': return [queries.rates.key()];
    case 'numbers': return [queries.numbers.key()];
    case 'banking': return [queries.banking.key()];
    case 'mail': return [queries.mail.key(), queries.revenueReport.settings.key()];
    case 'archive': return [queries.archive.key()];
    case 'shared-views': return [queries.sharedViews.key()];
  }
}

export function markStale(api: Api, cache: QueryClient, entity: Stale['entity']): void {
  for (const queryKey of staleKeys(api, entity)) void cache.invalidateQueries({ queryKey });
}

const pauseMs = (attempt: number) => Math.min(1000 * 2 ** attempt, 15_000);

/** Follows the stream until `signal` ends it; a broken stream is opened again, and everything is asked anew because something may have been missed. */
export async function followStaleEvents(api: Api, cache: QueryClient, signal: AbortSignal): Promise<void> {
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const stream = await api.client.system.changes({}, { signal });
      if (attempt > 0) void cache.invalidateQueries();
      attempt = 0;
      for await (const stale of stream) markStale(api, cache, stale.entity);
    } catch {
      // The status strip says that the connection is lost; here it is only tried again.
    }
    if (signal.aborted) return;
    attempt += 1;
    const wait = pauseMs(attempt);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }
}
