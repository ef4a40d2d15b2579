import { useEffect } from 'react';

/**
 * J and K walk the list, A approves, F finalises: what the buttons of the screen do, the nearest one first: of the open record, of what is selected, of all. Nothing is done
 * while a field or a dialog has the focus.
 */
export function useRunSheetKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.target instanceof HTMLElement && (event.target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName))) return;
      if ([...document.querySelectorAll('[aria-modal="true"], .mantine-Popover-dropdown')].some((element) => element.checkVisibility())) return;
      if (event.key === 'j' || event.key === 'k') {
        const grid = document.querySelector<HTMLElement>('main [role="grid"]');
        if (!grid || document.querySelector('aside.panel')) return; // beside an open record the panel steps
        event.preventDefault();
        event.stopImmediatePropagation();
        grid.focus({ preventScroll: true });
        grid.dispatchEvent(new KeyboardEvent('keydown', { key: event.key === 'j' ? 'ArrowDown' : 'ArrowUp', bubbles: true, cancelable: true }));
        return;
      }
      if (event.key !== 'a' && event.key !== 'f') return;
      const buttons = [...document.querySelectorAll<HTMLButtonElement>(`[aria-keyshortcuts="${event.key.toUpperCase()}"]:not(:disabled)`)];
      event.preventDefault();
      event.stopImmediatePropagation();
      buttons.at(-1)?.click();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, []);
}
