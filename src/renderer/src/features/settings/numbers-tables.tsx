import { Button } from '@mantine/core';
import type { NumberBlockView, NumberGapView, NumbersOverviewView } from '../../../../shared/api/numbers.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';

/** `INV-2026-0011 to INV-2026-0015`. */
export function spanOf({ first, last }: Pick<NumberBlockView, 'first' | 'last'>): string {
  if (first === null || last === null) return 'Not known yet';
  return first === last ? first : `${first} to ${last}`;
}

export function SeriesTable({ series }: { series: NumbersOverviewView['series'] }) {
  return (
    <div className="scroll-x">
      <table className="plain">
        <thead><tr><th scope="col">Series</th><th scope="col">Next number</th><th scope="col" className="num">Used</th><th scope="col" className="num">In blocks</th><th scope="col" className="num">Gaps</th><th scope="col">Accounted for</th></tr></thead>
        <tbody>
          {series.map((row) => (
            <tr key={`${row.series}-${row.year}`}>
              <th scope="row">{row.series} {row.year}</th>
              <td className="mono">{row.next}</td>
              <td className="num"><NumberText value={row.used} /></td>
              <td className="num"><NumberText value={row.inBlocks} /></td>
              <td className="num"><NumberText value={row.gaps} /></td>
              <td>{row.unaccounted === 0 ? <span className="badge ok">Every number</span> : <span className="badge problem"><NumberText value={row.unaccounted} /> not</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A block whose days of use are over still waits for what its desk has to tell. */
function stateOf({ state, useUntil }: NumberBlockView, asOf: number): string {
  return state === 'live' && useUntil <= asOf ? 'to-report' : state;
}

export function BlocksTable({ blocks, asOf, isOnline, onReturn }: { blocks: readonly NumberBlockView[]; asOf: number; isOnline: boolean; onReturn: (block: NumberBlockView) => void }) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Blocks of numbers" style={{ maxHeight: 320, overflowY: 'auto' }}>
      <table className="plain">
        <thead><tr><th scope="col">Numbers</th><th scope="col">Person</th><th scope="col">Desk</th><th scope="col">State</th><th scope="col" className="num">Used</th><th scope="col" className="num">Left</th><th scope="col">Use until</th><th scope="col">Report by</th><th scope="col"><span className="visually-hidden">Return</span></th></tr></thead>
        <tbody>
          {blocks.map((block) => {
            const isOpen = block.endedAt === null && block.state !== 'returned';
            return (
              <tr key={block.id}>
                <th scope="row" className="mono nowrap">{spanOf(block)}</th>
                <td>{block.holder}</td>
                <td>{block.isOfThisDesk ? <b>This desk</b> : <span className="mono nowrap">{block.desk}</span>}</td>
                <td><StatusBadge status={`block-${stateOf(block, asOf)}`} />{block.endedAt === null ? null : <div className="quiet small"><DateText instant={block.endedAt} /> by {block.endedBy}{block.endReason && block.state !== 'used-up' ? <>: {block.endReason}</> : null}</div>}</td>
                <td className="num"><NumberText value={block.used} /></td>
                <td className="num"><NumberText value={block.left} /></td>
                <td>{isOpen ? <DateText instant={block.useUntil} /> : <span className="muted">—</span>}</td>
                <td>{isOpen ? <DateText instant={block.reportUntil} /> : <span className="muted">—</span>}</td>
                <td className="num">{block.mayEnd ? <Button size="compact-xs" variant="default" disabled={!isOnline} aria-label={`${block.isOfThisDesk ? 'Return' : 'Take away'} ${spanOf(block)}`} onClick={() => onReturn(block)}>{block.isOfThisDesk ? 'Return…' : 'Take away…'}</Button> : null}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function GapsTable({ gaps }: { gaps: readonly NumberGapView[] }) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Gap register" style={{ maxHeight: 360, overflowY: 'auto' }}>
      <table className="plain">
        <thead><tr><th scope="col">Number</th><th scope="col">Reason</th><th scope="col">Registered</th><th scope="col">By</th><th scope="col">Claimed since</th></tr></thead>
        <tbody>
          {gaps.map((gap) => (
            <tr key={gap.number}>
              <th scope="row" className="mono nowrap">{gap.number}</th>
              <td>{gap.reason}</td>
              <td><DateText instant={gap.recordedAt} /></td>
              <td>{gap.recordedBy}</td>
              <td>{gap.claimedBy === null ? <span className="muted">—</span> : <><span className="badge problem">Void and issue again</span> <span className="quiet small">document <span className="mono">{gap.claimedBy.documentId}</span>, told too late by {gap.claimedBy.holder}</span></>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
