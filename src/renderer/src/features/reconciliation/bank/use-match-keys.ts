import { useEffect } from 'react';

/** M matches, S takes the first suggestion, U takes a match back: what the buttons do. Nothing while a field or a dialog has the focus. */
export function useMatchKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !['m', 's', 'u'].includes(event.key)) return;
      if (event.target instanceof HTMLElement && (event.target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName))) return;
      if ([...document.querySelectorAll('[aria-modal="true"], .mantine-Popover-dropdown')].some((element) => element.checkVisibility())) return;
      const button = document.querySelector<HTMLButtonElement>(`main [aria-keyshortcuts="${event.key.toUpperCase()}"]:not(:disabled)`);
      if (!button) return;
      event.preventDefault();
      button.click();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
