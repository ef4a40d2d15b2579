/** The keys of the inbox: N next, A assign, R resolve, I ignore, H hold, U undo. They work in the list and in the panel beside it, not in fields and not under a dialog. */
import { useEffect, useRef } from 'react';
import { goKeys } from '../../app/shortcuts.ts';

export type InboxKey = 'n' | 'a' | 'r' | 'i' | 'h' | 'u';
const keys: readonly string[] = ['n', 'a', 'r', 'i', 'h', 'u'];
/** G and a letter goes to a workspace: that letter is not ours. */
const afterGoMs = 1200;

function isTaken(target: EventTarget | null): boolean {
  if (target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))) return true;
  return [...document.querySelectorAll('[aria-modal="true"], .mantine-Popover-dropdown, .mantine-Combobox-dropdown, .mantine-Menu-dropdown')].some((element) => element.checkVisibility());
}

export function useInboxKeys(onKey: (key: InboxKey) => void, isOn: boolean): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    if (!isOn) return undefined;
    let goPressedAt = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTaken(event.target)) return;
      const isAfterGo = event.timeStamp - goPressedAt < afterGoMs && goKeys[event.key] !== undefined;
      goPressedAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (isAfterGo || !keys.includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // a letter would else begin a search in the list
      latest.current(event.key as InboxKey);
    };
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }, [isOn]);
}
