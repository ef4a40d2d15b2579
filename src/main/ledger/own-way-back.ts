/**
 * Entries that came of something which can itself be taken back: reversed alone, a match, an invoice or an act would stand without its entry. Which way each of them has. Pure.
 */
import type { JournalEntryDraft } from './journal-entry.ts';

export interface WayBack {
  /** What the entry came of, as a sentence names it. */
  readonly cameOf: string;
  readonly nextStep: string;
}

/** Reversals that people made name the entry they reversed: they are taken back like any other entry. */
const handMade = 'reversal/';

const isVoid = (kind: string): boolean => kind.includes('void');
const idIn = (key: string): string => key.split('/')[1] ?? '';

/** The way back of an entry that has one of its own; undefined for all that `ledger reverse` may answer. */
export function ownWayBack({ key, kind, sourceType, sourceId }: Pick<JournalEntryDraft, 'key' | 'kind' | 'sourceType' | 'sourceId'>): WayBack | undefined {
  if (key.startsWith(handMade)) return undefined;
  switch (sourceType) {
    case 'bank-match':
    case 'bank-payout':
      return { cameOf: 'the match of a bank line', nextStep: sourceType === 'bank-match' ? `Take the match back: Reconciliation, Bank, or daybook bank unmatch ${sourceId} --reason …` : 'Take the match of its bank line back: Reconciliation, Bank, or daybook bank unmatch MATCH --reason …' };
    case 'invoice':
    case 'receipt':
      return key.startsWith('receivable-act/')
        ? { cameOf: 'an act on an invoice or a receipt', nextStep: `Take the act back: in the panel of the invoice or receipt, or daybook invoice unapply ${idIn(key)} --reason …` }
        : { cameOf: isVoid(kind) ? 'voiding an invoice' : 'an invoice', nextStep: isVoid(kind) ? 'A void invoice stays void: make a new one in its place.' : `Void the invoice, or credit it: daybook invoice void ${sourceId} --reason …` };
    case 'recognition':
      return { cameOf: 'the recognition of revenue', nextStep: 'It follows what was deferred: correct the invoice it is about at Stripe, and daybook revenue recognise --period MONTH posts the difference.' };
    case 'revaluation':
      return { cameOf: 'the close of its month', nextStep: 'Reopen the month and close it anew, with revaluation off where it is not wanted: daybook ledger revaluation off.' };
    case 'discrepancy':
      return { cameOf: 'the work on a discrepancy', nextStep: 'Undo what settled the discrepancy: Reconciliation, in its panel.' };
    default:
      return undefined;
  }
}
