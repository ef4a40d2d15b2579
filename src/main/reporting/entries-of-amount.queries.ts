/**
 * Which entries have a posting of an amount. No index knows it: one over amounts would be written at random places with every posting. The postings are walked a stretch
 * at a time, so that whoever asks no more is not waited for, and what was found is remembered until there are other entries.
 */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { amountCondition } from './amount-condition.ts';

const entriesOfStretch = 200_000;
const mostRemembered = 8;

/** @param headSequence the last place in the chain. */
export function createEntriesOfAmount(database: ReadableDatabase, headSequence: () => number): (amount: string) => readonly number[] {
  const remembered = new Map<string, readonly number[]>();
  return (amount) => {
    const condition = amountCondition(amount);
    if (!condition) return [];
    const head = headSequence();
    const key = JSON.stringify([head, condition.positional]);
    const known = remembered.get(key);
    if (known) return known;
    const statement = sql('ledger.entries-of-amount', `SELECT DISTINCT p.ledger_sequence AS sequence FROM posting_lines p WHERE p.ledger_sequence BETWEEN ? AND ? AND ${condition.positionalText('p.amount_minor', 'p.currency')}`);
    const sequences: number[] = [];
    for (let first = 1; first <= head; first += entriesOfStretch) {
      for (const { sequence } of database.all<{ sequence: number }>(statement, [first, first + entriesOfStretch - 1, ...condition.positional])) sequences.push(sequence);
    }
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, sequences);
    return sequences;
  };
}
