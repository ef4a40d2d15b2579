/** What is typed between Ctrl+K and the palette’s field having the focus is not lost: it goes into the field. */
import { useEffect } from 'react';
import { paletteStore } from '../lib/palette.ts';

export function useEarlyKeys(onText: (change: (before: string) => string) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!paletteStore.getState().opened || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.target instanceof Element && event.target.closest('.mantine-Spotlight-content')) return;
      const change = event.key.length === 1 ? (before: string) => before + event.key : event.key === 'Backspace' ? (before: string) => before.slice(0, -1) : null;
      if (!change) return;
      event.preventDefault();
      // Neither a shortcut nor the list below may take the key.
      event.stopImmediatePropagation();
      onText(change);
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [onText]);
}
