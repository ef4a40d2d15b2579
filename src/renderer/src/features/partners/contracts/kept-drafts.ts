/** What was typed into a form and not sent yet, so that a window closed by accident loses nothing. Only the boxes somebody touched are kept: the others follow the record. */
import type { TypedForm } from './term-form.ts';

export interface KeptDraft {
  readonly touched: TypedForm;
  readonly reason: string;
}

const nameOf = (key: string) => `daybook.draft.${key}`;

export function recallDraft(key: string): KeptDraft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(key)) ?? 'null') as KeptDraft | null;
    return kept && typeof kept.touched === 'object' && typeof kept.reason === 'string' ? kept : null;
  } catch {
    return null;
  }
}

export function keepDraft(key: string, draft: KeptDraft | null): void {
  try {
    if (draft === null || (Object.keys(draft.touched).length === 0 && draft.reason.trim() === '')) localStorage.removeItem(nameOf(key));
    else localStorage.setItem(nameOf(key), JSON.stringify(draft));
  } catch {
    // A full or forbidden storage loses the safety net, not the form.
  }
}
