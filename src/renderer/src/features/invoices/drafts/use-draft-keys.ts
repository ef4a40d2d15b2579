import { useEffect } from 'react';
import type { DraftDesk } from './draft-desk.ts';

/** A box with something typed and not read yet keeps Ctrl+Z for itself. */
function isTypingAnew(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.closest('[data-unsaved]') !== null || target.closest('.reason-form, .new-line') !== null);
}

const isSomethingOver = (): boolean => [...document.querySelectorAll('[aria-modal="true"], .mantine-Popover-dropdown')].some((element) => element.checkVisibility());

/** Ctrl or Cmd and Z undoes, with Shift it does again; Esc outside a box goes back to the invoice. */
export function useDraftKeys(desk: DraftDesk, onLeave: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.isComposing || isSomethingOver()) return;
      const isCommand = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (isCommand && (key === 'z' || key === 'y') && !isTypingAnew(event.target)) {
        event.preventDefault();
        if (key === 'y' || event.shiftKey) desk.redo();
        else desk.undo();
      }
      const isInBox = event.target instanceof HTMLElement && ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName);
      if (event.key === 'Escape' && !isInBox && !event.defaultPrevented) { event.preventDefault(); onLeave(); }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [desk, onLeave]);
}
