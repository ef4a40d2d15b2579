import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { focusGrid } from './data-grid/grid-registry.ts';

export interface SidePanelProps {
  title: ReactNode;
  note?: ReactNode;
  /** Names the region for screen readers. */
  label: string;
  onClose: () => void;
  /** Moves to the neighbour in the list below: J and K. */
  onStep?: (delta: 1 | -1) => void;
  footer?: ReactNode;
  children: ReactNode;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}

/** A dialog or a popover in sight takes the keys; one that is kept folded away does not. */
function isSomethingOver(): boolean {
  return [...document.querySelectorAll('[aria-modal="true"], .mantine-Popover-dropdown')].some((element) => element.checkVisibility());
}

/** A record over its list. Esc closes, J and K move on, F6 goes between the list and the panel. */
export function SidePanel({ title, note, label, onClose, onStep, footer, children }: SidePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the panel is painted: a key pressed the moment it is seen is the panel's, and not the list's below.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isSomethingOver()) return;
      if (event.key === 'Escape') { event.preventDefault(); onClose(); focusGrid(); }
      else if (event.key === 'j' && onStep) { event.preventDefault(); onStep(1); }
      else if (event.key === 'k' && onStep) { event.preventDefault(); onStep(-1); }
      else if (event.key === 'F6') {
        event.preventDefault();
        if (heading.current?.closest('.panel')?.contains(document.activeElement)) focusGrid();
        else heading.current?.focus();
      }
    };
    // Before a dialog of this panel hears the same Escape and is gone: it, not the panel, is what is closed then.
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [onClose, onStep]);
  return (
    <aside className="panel" aria-label={label}>
      <div className="panel-head">
        <div className="grow">
          <h2 ref={heading} tabIndex={-1}>{title}</h2>
        </div>
        {onStep ? (
          <>
            <button type="button" className="icon-button" title="Previous in the list (K)" onClick={() => onStep(-1)}>Previous</button>
            <button type="button" className="icon-button" title="Next in the list (J)" onClick={() => onStep(1)}>Next</button>
          </>
        ) : null}
        <button type="button" className="icon-button" title="Close (Esc)" onClick={() => { onClose(); focusGrid(); }}>Close</button>
        {note ? <div className="panel-note muted small">{note}</div> : null}
      </div>
      {/* A scrollable region must be reachable by keyboard. */}
      <div className="panel-body" tabIndex={0} role="group" aria-label={`${label}, details`}>{children}</div>
      {footer ? <div className="panel-foot">{footer}</div> : null}
    </aside>
  );
}
