/** What is left of each cohort, month after month: a table whose cells are shaded by their share; the figure stands in each, so that no reader needs the shade. */
import { useImperativeHandle, useRef, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { pictureOf, type ChartHandle } from './chart-picture.ts';
import { drawHeat, shadeOf, type HeatRow } from './cohort-picture.ts';
import { useChartColours } from './chart-setup.ts';

export interface CohortHeatProps {
  ref?: Ref<ChartHandle>;
  title: string;
  note: string;
  /** 'Cohort', 'Customers', then the months after. */
  head: readonly string[];
  rows: readonly HeatRow[];
  /** Said in a cell, and of it to a screen reader. */
  text: (share: number) => string;
  cellLabel: (row: HeatRow, offset: number) => string;
  selected: { readonly id: string; readonly offset: number } | null;
  onPick: (id: string, offset: number) => void;
  /** How many came, with its why; left out: as the row says it. */
  sizeCell?: (row: HeatRow) => ReactNode;
}

/** One stop for Tab; arrows go from cell to cell. */
export function CohortHeat({ ref, title, note, head, rows, text, cellLabel, selected, onPick, sizeCell }: CohortHeatProps) {
  const colours = useChartColours();
  const body = useRef<HTMLTableSectionElement>(null);
  const [place, setPlace] = useState({ row: 0, offset: 0 });
  useImperativeHandle(ref, () => ({ toPng: () => pictureOf([drawHeat(rows, head, text, colours)], title, note, colours) }), [colours, head, note, rows, text, title]);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    // Not from a “why” that stands over the table.
    if (!step || !(event.target instanceof HTMLElement) || event.target.dataset['place'] === undefined) return;
    event.preventDefault();
    const row = Math.min(rows.length - 1, Math.max(0, place.row + (step[0] ?? 0)));
    const offset = Math.min((rows[row]?.shares.length ?? 1) - 1, Math.max(0, place.offset + (step[1] ?? 0)));
    setPlace({ row, offset });
    body.current?.querySelector<HTMLButtonElement>(`[data-place="${row}/${offset}"]`)?.focus();
  };
  const widest = Math.max(0, ...rows.map((row) => row.shares.length));
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={title}>
      <table className="plain heat">
        <thead><tr><th scope="col">{head[0]}</th><th scope="col" className="num">{head[1]}</th>{head.slice(2, 2 + widest).map((word) => <th key={word} scope="col">{word}</th>)}</tr></thead>
        <tbody ref={body} onKeyDown={onKey}>
          {rows.map((row, index) => (
            <tr key={row.id}>
              <th scope="row">{row.label}</th>
              <td className="num">{sizeCell ? sizeCell(row) : row.size}</td>
              {Array.from({ length: widest }, (_, offset) => {
                const share = row.shares[offset];
                if (share === undefined || share === null) return <td key={offset} />;
                const isSelected = selected?.id === row.id && selected.offset === offset;
                return (
                  <td key={offset} style={{ background: `color-mix(in srgb, var(--s1) ${shadeOf(share)}%, var(--panel))` }}>
                    <button type="button" data-place={`${index}/${offset}`} tabIndex={place.row === index && place.offset === offset ? 0 : -1} aria-pressed={isSelected} aria-label={cellLabel(row, offset)} onFocus={() => setPlace({ row: index, offset })} onClick={() => onPick(row.id, offset)}>{text(share)}</button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
