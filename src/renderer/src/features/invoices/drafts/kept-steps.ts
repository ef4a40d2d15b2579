/** Steps that the backend has not confirmed, kept in this window's storage: neither a lost connection nor a closed window loses them. */
import type { DraftView, Step } from './draft-steps.ts';

export interface KeptSteps {
  /** The draft the steps were made on. */
  readonly madeOn: DraftView;
  readonly steps: readonly Step[];
  /** Changes that wait for their reason, by what they are about. */
  readonly held: Readonly<Record<string, Step>>;
  /** The command under way, whose answer may have been lost: sent again it is the same command. */
  readonly sent: SentSteps | null;
}

export interface SentSteps {
  readonly commandId: string;
  /** How many of the steps it carries, from the first. */
  readonly count: number;
}

const nameOf = (id: string) => `daybook.invoice-draft.${id}`;

export function recallSteps(id: string): KeptSteps | null {
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(id)) ?? 'null') as KeptSteps | null;
    return kept && Array.isArray(kept.steps) && typeof kept.held === 'object' && typeof kept.madeOn === 'object' ? kept : null;
  } catch {
    return null;
  }
}

export function keepSteps(id: string, kept: KeptSteps): void {
  try {
    if (kept.steps.length === 0 && Object.keys(kept.held).length === 0) localStorage.removeItem(nameOf(id));
    else localStorage.setItem(nameOf(id), JSON.stringify(kept));
  } catch {
    // A full or forbidden storage loses the safety net, not the work on the screen.
  }
}
