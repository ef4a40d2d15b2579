import { Checkbox, Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import type { MoneyView } from '../../../../shared/api/primitives.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { tableFormats } from '../../lib/export-file.ts';
import { MoneySums } from '../money-text.tsx';
import type { GridApart } from './grid-types.ts';
import type { GridExport } from './use-grid-export.ts';

export interface GridFooterProps {
  total: number;
  /** Its first page has not come yet: how many there are is not known. */
  isReading: boolean;
  /** There is no list to count: it could not be read. */
  hasFailed: boolean;
  sums: readonly MoneyView[];
  /** Said behind the sums, which leave them out. */
  apart: readonly GridApart[];
  noun: readonly [string, string];
  selectedCount: number;
  selectedSums: readonly MoneyView[] | null;
  selectionActions: ReactNode;
  onClearSelection: () => void;
  onCopy: () => void;
  columns: readonly { id: string; header: string; isShown: boolean; toggle: () => void; isPinned: boolean; pin: () => void }[];
  exporting: GridExport;
  views: ReactNode;
}

/** What the list or the selection sums to per currency, and what can be done with the table itself. */
export function GridFooter(props: GridFooterProps) {
  const { exporting } = props;
  const { locale } = usePreferences();
  const number = new Intl.NumberFormat(locale);
  const noun = (count: number) => `${number.format(count)} ${count === 1 ? props.noun[0] : props.noun[1]}`;
  return (
    <div className="grid-foot">
      <span role="status">
        {props.selectedCount > 0 ? (
          <><b>{number.format(props.selectedCount)} selected</b>{props.selectedSums ? <> · <MoneySums sums={props.selectedSums} /></> : null}<span className="muted"> of {noun(props.total)}</span></>
        ) : (
          <>{props.hasFailed ? null : props.isReading ? `Reading the ${props.noun[1]}` : noun(props.total)}{props.sums.length > 0 ? <> · <MoneySums sums={props.sums} /></> : null}{props.hasFailed ? null : <ApartTexts apart={props.apart} number={number} />}</>
        )}
      </span>
      {props.selectedCount > 0 ? <>{props.selectionActions}<button type="button" className="text-button" onClick={props.onClearSelection}>Clear</button></> : null}
      <div className="grid-foot-actions">
        <button type="button" className="text-button" title="Copy the selected rows, or all rows in sight, as tab-separated text" onClick={props.onCopy}>Copy</button>
        {exporting.progress ? (
          <span role="status" className="nowrap">Exporting {number.format(exporting.progress.done)} of {number.format(exporting.progress.total)} <button type="button" className="text-button" onClick={exporting.cancel}>Cancel</button></span>
        ) : tableFormats.map((format) => <button key={format} type="button" className="text-button" disabled={props.total === 0} title={`${props.selectedCount > 0 ? 'The selected rows' : 'The whole list as it is filtered, sorted and shown'}, as ${format === 'csv' ? 'CSV' : 'an Excel workbook'}`} onClick={() => exporting.start(format)}>{`Export ${format.toUpperCase()}`}</button>)}
        {props.views}
        <Popover trapFocus returnFocus shadow="md" position="top-end">
          <Popover.Target><button type="button" className="text-button" aria-haspopup="dialog">Columns</button></Popover.Target>
          <Popover.Dropdown aria-label="Columns shown">
            <div style={{ display: 'grid', gap: 8 }}>
              {props.columns.map((column) => (
                <div key={column.id} className="column-choice">
                  <Checkbox size="xs" label={column.header} checked={column.isShown} onChange={column.toggle} />
                  <button type="button" className="text-button" aria-pressed={column.isPinned} aria-label={`Pin ${column.header}`} disabled={!column.isShown} onClick={column.pin}>{column.isPinned ? 'Pinned' : 'Pin'}</button>
                </div>
              ))}
            </div>
          </Popover.Dropdown>
        </Popover>
      </div>
    </div>
  );
}

/** “2 drafts 40.00, 1 void”: what the list holds besides what it sums to. */
function ApartTexts({ apart, number }: { apart: readonly GridApart[]; number: Intl.NumberFormat }) {
  const shown = apart.filter(({ count }) => count > 0);
  return <>{shown.map(({ count, noun, sums }) => <span key={noun[1]} className="muted"> · {number.format(count)} {count === 1 ? noun[0] : noun[1]}{sums && sums.length > 0 ? <> <MoneySums sums={sums} /></> : null}</span>)}</>;
}
