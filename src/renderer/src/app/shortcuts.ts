/** Keys that work everywhere: G and a letter goes to a workspace, Ctrl+Enter sends a form from within a text. */
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

/** Ctrl+Enter, or Command+Enter, in a field of several lines does what the button of its form does: Enter alone is a new line there. */
export function useSendingKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing || !(event.target instanceof HTMLTextAreaElement)) return;
      const button = event.target.form?.querySelector<HTMLButtonElement>('button[type="submit"]');
      if (!button || button.disabled) return;
      event.preventDefault();
      event.target.form?.requestSubmit(button);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
