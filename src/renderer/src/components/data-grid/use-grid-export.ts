/** The whole list as it is shown (its filter, its sort, its columns) as a CSV or XLSX file; page by page, so that a long list can be stopped and holds no rows. */
import { notifications } from '@mantine/notifications';
import { useRef, useState } from 'react';
import { BackendError } from '../../../../shared/api/backend-error.ts';
import { describeError } from '../../lib/described-error.ts';
import { startTableFile, type TableFormat } from '../../lib/export-file.ts';
import { downloadBlob } from '../../lib/export-text.ts';
import { cellColumns, rowText } from './grid-text.ts';
import type { GridColumn, GridSort } from './grid-types.ts';
import type { GridSource } from './use-grid-rows.ts';

const exportRows = 500;

export interface GridExport {
  /** null: none is running. */
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly start: (format: TableFormat) => void;
  readonly cancel: () => void;
}

export interface GridExportInput<Row> {
  /** Without its ending. */
  readonly fileName: string;
  readonly columns: readonly GridColumn<Row>[];
  readonly source: GridSource<Row>;
  readonly sort: GridSort | undefined;
  /** What is ticked is what is exported; nothing ticked: everything. */
  readonly selected: readonly Row[];
}

function save(fileName: string, file: Blob, rows: number): void {
  downloadBlob(fileName, file);
  notifications.show({ message: `${fileName} with ${rows} ${rows === 1 ? 'row' : 'rows'}` });
}

export function useGridExport<Row>({ fileName, columns, source, sort, selected }: GridExportInput<Row>): GridExport {
  const [progress, setProgress] = useState<GridExport['progress']>(null);
  const running = useRef<AbortController | null>(null);

  const startFile = (format: TableFormat) => startTableFile(format, fileName, cellColumns(columns));

  const exportAll = async (format: TableFormat, signal: AbortSignal): Promise<void> => {
    const file = startFile(format);
    let done = 0;
    let total: number | null = null;
    do {
      const page = await source.fetchPage({ startAt: done, limit: exportRows, ...(sort ? { sort } : {}) }, signal);
      total ??= page.total;
      if (page.total !== total) throw new BackendError('list-changed', 'The list changed while it was being exported.', { kind: 'conflict', nextStep: 'Export it again; a running sync may have to end first.' });
      if (page.rows.length === 0) break;
      file.rows(page.rows.map((row) => rowText(columns, row)));
      done += page.rows.length;
      setProgress({ done, total });
    } while (done < total);
    signal.throwIfAborted();
    save(`${fileName}.${format}`, file.finish(), done);
  };

  const start = async (format: TableFormat): Promise<void> => {
    if (running.current) return;
    if (selected.length > 0) {
      const file = startFile(format);
      file.rows(selected.map((row) => rowText(columns, row)));
      return save(`${fileName}.${format}`, file.finish(), selected.length);
    }
    const ending = new AbortController();
    running.current = ending;
    setProgress({ done: 0, total: 0 });
    try {
      await exportAll(format, ending.signal);
    } catch (error) {
      if (ending.signal.aborted) notifications.show({ message: 'The export was cancelled. No file was written.' });
      else {
        const described = describeError(error);
        notifications.show({ title: described.title, message: [described.detail, described.nextStep, described.code].filter(Boolean).join(' · '), autoClose: 15_000 });
      }
    } finally {
      running.current = null;
      setProgress(null);
    }
  };
  return { progress, start: (format) => void start(format), cancel: () => running.current?.abort() };
}
