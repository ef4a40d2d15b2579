/** The parts a workspace is made of: its title bar, its list, and the record over it. */
import { useEffect, type ReactNode } from 'react';
import { usePreferences } from '../lib/preferences.tsx';
import { formatInstant } from '../lib/dates.ts';
import { palette } from '../lib/palette.ts';

export interface ScreenProps {
  title: string;
  /** Which room of the workspace: for the window's title. */
  part?: string;
  /** The rooms of the workspace. */
  tabs?: ReactNode;
  controls?: ReactNode;
  panel?: ReactNode;
  /** `over`: the panel lies over the screen, which keeps its shape; else it stands beside the list. */
  panelPlace?: 'beside' | 'over';
  children: ReactNode;
}

export function Screen({ title, part, tabs, controls, panel, panelPlace = 'beside', children }: ScreenProps) {
  useEffect(() => { document.title = [part, title, 'Daybook'].filter(Boolean).join(' · '); }, [title, part]);
  return (
    <div className="screen">
      <div className="top" role="region" aria-label="Title and controls">
        <h1>{title}</h1>
        {tabs}
        {controls}
        <span className="grow" />
        <button type="button" className="control palette-button" onClick={() => palette.open()}><span className="palette-words">Search or run a command</span> <span className="kbd">{isMac ? '⌘ K' : 'Ctrl K'}</span></button>
      </div>
      <div className={`work${panel ? (panelPlace === 'over' ? ' over-panel' : ' with-panel') : ''}`}>
        <main className="content" id="content" tabIndex={-1}>{children}</main>
        {panel}
      </div>
    </div>
  );
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** When the figures on the screen were true. */
export function AsOf({ instant, label = 'As of' }: { instant: number | null | undefined; label?: string }) {
  const { locale, timeZone } = usePreferences();
  if (instant === null || instant === undefined) return null;
  return <span className="control" title={timeZone}>{label} <b>{formatInstant(instant, locale, timeZone)}</b></span>;
}

export function Box({ title, note, actions, isFilling = false, children, label }: { title?: ReactNode; note?: ReactNode; actions?: ReactNode; isFilling?: boolean; children: ReactNode; label?: string }) {
  return (
    <section className={`box${isFilling ? ' fill' : ''}`} aria-label={label ?? (typeof title === 'string' ? title : undefined)}>
      {title ? <div className="box-head"><h2>{title}</h2>{note ? <span className="muted">{note}</span> : null}<span className="grow" />{actions}</div> : null}
      {children}
    </section>
  );
}

export function Card({ label, value, note, why }: { label: string; value: ReactNode; note?: ReactNode; why?: ReactNode }) {
  return (
    <section className="box card" aria-label={label}>
      <div className="card-label"><span className="clip" title={label}>{label}</span>{why}</div>
      <div className="card-value">{value}</div>
      {note ? <div className="card-note">{note}</div> : null}
    </section>
  );
}
