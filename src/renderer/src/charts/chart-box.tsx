/** A chart with its twin: the same figures as a table, as a picture and as files. */
import { useRef, useState, type ReactNode, type Ref } from 'react';
import { ErrorNotice } from '../components/error-notice.tsx';
import { copyFigures, FigureFileButtons, FigureTable, type FigureTableData } from '../components/figure-table.tsx';
import { Box } from '../components/screen.tsx';
import { downloadBlob } from '../lib/export-text.ts';
import { copyPicture, type ChartHandle } from './chart-picture.ts';

export interface ChartBoxProps<Row> {
  title: string;
  note?: ReactNode;
  /** Beside what every chart has: how much of it is shown. */
  choices?: ReactNode;
  /** undefined: not here yet. */
  table: FigureTableData<Row> | undefined;
  error?: unknown;
  onRetry?: () => void;
  /** Room that is kept while the figures come, in px. */
  height: number;
  /** What stands in place of a chart that would have nothing to show. */
  empty?: ReactNode;
  children: (chart: Ref<ChartHandle>) => ReactNode;
}

export function ChartBox<Row>({ title, note, choices, table, error, onRetry, height, empty, children }: ChartBoxProps<Row>) {
  const [isTable, setTable] = useState(false);
  const chart = useRef<ChartHandle>(null);
  const picture = async (): Promise<Blob | null> => (await chart.current?.toPng()) ?? null;
  const savePicture = async () => { const blob = await picture(); if (blob && table) downloadBlob(`${table.fileName}.png`, blob); };
  const isEmpty = table?.rows.length === 0;
  const actions = (
    <>
      {choices}
      {table && !isEmpty ? (
        <>
          <button type="button" className="text-button" aria-pressed={isTable} aria-label={`${isTable ? 'Chart' : 'Table'} of ${title}`} onClick={() => setTable(!isTable)}>{isTable ? 'Chart' : 'Table'}</button>
          {isTable
            ? <button type="button" className="text-button" aria-label={`Copy the table of ${title}`} onClick={() => void copyFigures(table)}>Copy</button>
            : <><button type="button" className="text-button" aria-label={`Copy ${title} as a picture`} onClick={() => void copyPicture(picture, title)}>Copy</button><button type="button" className="text-button" aria-label={`PNG of ${title}`} onClick={() => void savePicture()}>PNG</button></>}
          <FigureFileButtons table={table} />
        </>
      ) : null}
    </>
  );
  return (
    <Box title={title} note={note} actions={actions}>
      {error ? <div style={{ padding: 14 }}><ErrorNotice error={error} {...(onRetry ? { onRetry } : {})} /></div> : null}
      {!table ? (error ? null : <div style={{ height }} />) : isEmpty ? (empty ?? <p className="section quiet">Nothing to show for this choice.</p>) : isTable ? <FigureTable table={table} maximumHeight={Math.max(height, 240)} /> : children(chart)}
    </Box>
  );
}
