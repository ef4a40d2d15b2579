import { useMutation } from '@tanstack/react-query';
import { Zip, ZipPassThrough } from 'fflate';
import { useRef, useState } from 'react';
import { useApi, type Api } from '../../lib/api/api-context.tsx';
import { downloadBlob } from '../../lib/export-text.ts';
import { archiveNames } from '../../../../shared/documents/archive-names.ts';

export interface ArchivedInvoice {
  readonly id: string;
  readonly issuedOn: string | null;
}

const window500 = 500;

type ListFilter = NonNullable<Parameters<Api['client']['invoices']['list']>[0]['filter']>;

/** What the list is filtered by. Stripe keeps the PDFs of its own invoices. */
export type ArchiveFilter = Omit<ListFilter, 'origin'> & { readonly origin?: 'partner' | 'one-off' };

/** The finalised invoices of ours that the list shows, a window at a time, by origin and number. */
async function listOfFilter({ client }: Api, { origin, ...filter }: ArchiveFilter, signal: AbortSignal): Promise<ArchivedInvoice[]> {
  const found: ArchivedInvoice[] = [];
  for (const each of origin ? [origin] : (['partner', 'one-off'] as const)) {
    for (let startAt = 0, total = 1; startAt < total; startAt += window500) {
      signal.throwIfAborted();
      const page = await client.invoices.list({ startAt, limit: window500, filter: { ...filter, origin: each }, sort: { column: 'number', direction: 'ascending' } });
      total = page.total;
      found.push(...page.rows.filter((row) => row.number !== null));
    }
  }
  return found;
}

/** `invoices-2026-10.zip`, `one-off-invoices.zip`. */
const archiveName = ({ origin, month }: ArchiveFilter): string => `${origin === 'one-off' ? 'one-off-' : ''}invoices${month ? `-${month}` : ''}.zip`;

async function archive({ client }: Api, invoices: readonly ArchivedInvoice[], signal: AbortSignal, onDone: (done: number) => void): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    parts.push(new Uint8Array(bytes));
  });
  const nameOf = archiveNames();
  for (const [index, invoice] of invoices.entries()) {
    signal.throwIfAborted();
    const pdf = await client.invoices.pdf({ id: invoice.id });
    const entry = new ZipPassThrough(nameOf(pdf.fileName));
    // The day of the invoice, not of the archive: the same invoices give the same bytes.
    if (invoice.issuedOn !== null) entry.mtime = Date.parse(`${invoice.issuedOn}T12:00:00Z`);
    zip.add(entry);
    entry.push(pdf.bytes, true);
    onDone(index + 1);
  }
  zip.end();
  return new Blob(parts, { type: 'application/zip' });
}

/** Saves the PDFs of all invoices of ours that the list shows, verified one by one, as one file; can be stopped, and then nothing is saved. */
export function useInvoiceArchive() {
  const api = useApi();
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  const stop = useRef<AbortController | null>(null);
  const save = useMutation({
    mutationFn: async (filter: ArchiveFilter) => {
      const controller = (stop.current = new AbortController());
      const invoices = await listOfFilter(api, filter, controller.signal);
      if (invoices.length === 0) return 0;
      setProgress({ done: 0, total: invoices.length });
      const blob = await archive(api, invoices, controller.signal, (done) => setProgress({ done, total: invoices.length }));
      downloadBlob(archiveName(filter), blob);
      return invoices.length;
    },
    onSettled: () => setProgress(null),
  });
  return { save, progress, cancel: () => stop.current?.abort() };
}
