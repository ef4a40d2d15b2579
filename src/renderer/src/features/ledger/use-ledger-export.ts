/** The books for another tool, fetched part by part and put into one file. */
import { useRef, useState } from 'react';
import { exportFormats } from '../../../../shared/api/ledger-reading.contract.ts';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { startGrowingFile, startTableFile, type TableFile } from '../../lib/export-file.ts';
import { downloadBlob } from '../../lib/export-text.ts';
import { useApi } from '../../lib/api/api-context.tsx';

type ExportPart = Awaited<ReturnType<DaybookClient['ledger']['exportPart']>>;

/** What the screen offers: the formats of the contract, and the postings as a workbook. */
export const offeredFormats = [...exportFormats, 'xlsx'] as const;
export type LedgerExportFormat = (typeof offeredFormats)[number];
type Format = LedgerExportFormat;

/** One file, part by part: text as it comes, a workbook packed as it grows. */
function startFile(format: Format): { add(part: ExportPart): void; finish(): Blob } {
  if (format !== 'xlsx') {
    const growing = startGrowingFile(format === 'csv' ? 'text/csv;charset=utf-8' : 'text/plain;charset=utf-8');
    return { add: (part) => growing.add(part.text), finish: growing.finish };
  }
  let table: TableFile | undefined;
  const begun = (columns: ExportPart['columns']): TableFile => (table ??= startTableFile('xlsx', 'Postings', columns));
  return { add: ({ columns, cells }) => begun(columns).rows(cells), finish: () => begun([]).finish() };
}

export type LedgerExportState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly format: Format; readonly done: number; readonly total: number; readonly perSecond: number | null }
  | { readonly kind: 'done'; readonly format: Format; readonly fileName: string; readonly entries: number; readonly bytes: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface LedgerExport {
  readonly state: LedgerExportState;
  readonly start: (format: Format, asOf: string | undefined) => void;
  readonly cancel: () => void;
}

export function useLedgerExport(): LedgerExport {
  const { client } = useApi();
  const [state, setState] = useState<LedgerExportState>({ kind: 'none' });
  const running = useRef<AbortController | null>(null);

  const run = async (format: Format, asOf: string | undefined, signal: AbortSignal): Promise<LedgerExportState> => {
    const growing = startFile(format);
    const startedMs = performance.now();
    let cursor: string | null = null;
    let fileName = '';
    let done = 0;
    do {
      const part: ExportPart = await client.ledger.exportPart({ ...(format === 'xlsx' ? { format: 'csv', as: 'cells' } : { format }), cursor, ...(asOf ? { asOf } : {}) }, { signal });
      growing.add(part);
      done += part.entries;
      cursor = part.nextCursor;
      fileName = format === 'xlsx' ? part.fileName.replace(/\.[a-z]+$/, '.xlsx') : part.fileName;
      const seconds = (performance.now() - startedMs) / 1000;
      setState({ kind: 'running', format, done, total: part.totalEntries, perSecond: seconds > 0.2 ? done / seconds : null });
    } while (cursor !== null);
    signal.throwIfAborted();
    const file = growing.finish();
    downloadBlob(fileName, file);
    return { kind: 'done', format, fileName, entries: done, bytes: file.size };
  };

  const start = async (format: Format, asOf: string | undefined): Promise<void> => {
    if (running.current) return;
    const ending = new AbortController();
    running.current = ending;
    setState({ kind: 'running', format, done: 0, total: 0, perSecond: null });
    try {
      setState(await run(format, asOf, ending.signal));
    } catch (error) {
      setState(ending.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error });
    } finally {
      running.current = null;
    }
  };
  return { state, start: (format, asOf) => void start(format, asOf), cancel: () => running.current?.abort() };
}
