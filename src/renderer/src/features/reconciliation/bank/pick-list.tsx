import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

export interface PickListProps<Row> {
  label: string;
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** What is chosen, by id. */
  chosen: ReadonlySet<string>;
  onToggle: (row: Row) => void;
  /** The row the keys are on. */
  onActive?: (row: Row | null) => void;
  /** Enter: on to the next thing to do. */
  onEnter?: (row: Row) => void;
  children: (row: Row) => ReactNode;
  empty: ReactNode;
}

/** Rows to choose several of, wholly by keyboard: arrows move, Space chooses, Enter goes on. */
export function PickList<Row>({ label, rows, rowId, chosen, onToggle, onActive, onEnter, children, empty }: PickListProps<Row>) {
  const prefix = useId();
  const list = useRef<HTMLUListElement>(null);
  const [activeId, setActiveId] = useState<string | null>(null);
  const place = rows.findIndex((row) => rowId(row) === activeId);
  const active = place < 0 ? null : (rows[place] ?? null);
  const nodeId = (row: Row): string => `${prefix}${rowId(row)}`;

  useEffect(() => { if (active) list.current?.querySelector(`[id="${CSS.escape(nodeId(active))}"]`)?.scrollIntoView({ block: 'nearest' }); });

  function go(to: number): void {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    setActiveId(rowId(row));
    onActive?.(row);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Readonly<Record<string, number>> = { ArrowDown: place + 1, ArrowUp: place < 0 ? 0 : place - 1, Home: 0, End: rows.length - 1, PageDown: place + 10, PageUp: place - 10 };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(to);
    } else if (event.key === ' ' && active) {
      event.preventDefault();
      onToggle(active);
    } else if (event.key === 'Enter' && active) {
      event.preventDefault();
      onEnter?.(active);
    }
  }

  if (rows.length === 0) return <>{empty}</>;
  return (
    <ul
      ref={list} className="pick-list" role="listbox" aria-label={label} aria-multiselectable="true" tabIndex={0} {...(active ? { 'aria-activedescendant': nodeId(active) } : {})}
      onKeyDown={onKeyDown} onFocus={() => { if (!active) go(0); }}
    >
      {rows.map((row) => {
        const id = rowId(row);
        const isChosen = chosen.has(id);
        return (
          <li key={id} id={nodeId(row)} role="option" aria-selected={isChosen} className={`pick-row${id === activeId ? ' active' : ''}`} onClick={() => { setActiveId(id); onActive?.(row); onToggle(row); }}>
            <span className={`grid-check${isChosen ? ' on' : ''}`} aria-hidden="true" />
            {children(row)}
          </li>
        );
      })}
    </ul>
  );
}
