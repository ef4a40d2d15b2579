/** What every record's panel is made of: sections, facts and its history. */
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { historySchema } from '../../../shared/api/primitives.ts';
import { DateText } from './date-text.tsx';
import { statusWord } from './status-badge.tsx';

export function Section({ title, aside, isFlush = false, children }: { title: string; aside?: ReactNode; isFlush?: boolean; children: ReactNode }) {
  return (
    <section className={`section${isFlush ? ' flush' : ''}`}>
      <h3><span>{title}</span>{aside ? <span className="small" style={{ fontWeight: 400 }}>{aside}</span> : null}</h3>
      {children}
    </section>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode] | null)[] }) {
  return <dl className="facts">{rows.map((row) => (row ? <FactPair key={row[0]} name={row[0]} value={row[1]} /> : null))}</dl>;
}

function FactPair({ name, value }: { name: string; value: ReactNode }) {
  return <><dt>{name}</dt><dd>{value}</dd></>;
}

export function HistoryList({ history }: { history: readonly z.infer<typeof historySchema>[] }) {
  if (history.length === 0) return <p className="muted">Nothing has happened to it yet.</p>;
  return (
    <ol className="timeline">
      {history.map((line, index) => (
        <li key={`${line.at}-${index}`}><b><DateText instant={line.at} /></b> {statusWord(line.action)} <span className="muted">by {line.actor}</span>{line.note ? <>, {line.note}</> : null}</li>
      ))}
    </ol>
  );
}
