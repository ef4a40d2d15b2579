/** Keys that work everywhere: G and a letter goes to a workspace. */
import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { links } from '../lib/links.ts';

export const goKeys: Readonly<Record<string, string>> = { t: links.today, r: links.revenue, i: links.invoices, p: links.partners, c: links.reconciliation, l: links.ledger, j: links.jobs, s: links.settings };

const waitMs = 1200;

/** Listens for G, then a letter, outside of fields. */
export function useGoShortcuts(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let pressedAt = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && (event.target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName))) return;
      const to = goKeys[event.key];
      if (to !== undefined && event.timeStamp - pressedAt < waitMs) {
        pressedAt = -Infinity;
        event.preventDefault();
        event.stopImmediatePropagation();
        void navigate(to);
        return;
      }
      if (event.key === 'g') pressedAt = event.timeStamp;
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [navigate]);
}
