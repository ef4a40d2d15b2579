/** What is chosen on both sides, and what they differ by. Pure. */
import type { BankCandidateView, BankLineView } from '../../../../../shared/api/banking.contract.ts';
import { addMinorUnits } from '../../../../../shared/money/money.ts';

export interface ChosenPart {
  readonly candidate: BankCandidateView;
  /** Of an invoice: less than is due; undefined: all of it. */
  readonly partMinor?: number | undefined;
}

export interface Balance {
  readonly currency: string | null;
  readonly linesMinor: number;
  readonly partsMinor: number;
  readonly differenceMinor: number;
  /** Something is in another currency than the lines: the bank’s rate explains the difference. */
  readonly isAcrossCurrencies: boolean;
  /** Why nothing can be matched yet; null: it can. */
  readonly problem: string | null;
}

export function balanceOf(lines: readonly BankLineView[], parts: readonly ChosenPart[], residualAccount: string | null): Balance {
  const currency = lines[0]?.amount.currency ?? null;
  const isAcrossCurrencies = parts.some(({ candidate }) => candidate.amount.currency !== currency);
  const linesMinor = addMinorUnits(0, ...lines.map((line) => line.amount.amount));
  const partsMinor = isAcrossCurrencies ? linesMinor : addMinorUnits(0, ...parts.map(({ candidate, partMinor }) => partMinor ?? candidate.amount.amount));
  const differenceMinor = addMinorUnits(linesMinor, -partsMinor);
  return { currency, linesMinor, partsMinor, differenceMinor, isAcrossCurrencies, problem: problemOf(lines, parts, { differenceMinor, isAcrossCurrencies, residualAccount }) };
}

function problemOf(lines: readonly BankLineView[], parts: readonly ChosenPart[], { differenceMinor, isAcrossCurrencies, residualAccount }: { differenceMinor: number; isAcrossCurrencies: boolean; residualAccount: string | null }): string | null {
  if (lines.length === 0) return 'Choose bank lines on the left.';
  if (new Set(lines.map((line) => line.accountId)).size > 1) return 'These lines are of two bank accounts.';
  if (isAcrossCurrencies && parts.length > 1) return 'What is in another currency is matched by itself.';
  if (parts.length === 0 && residualAccount === null) return 'Choose what they are on the right, or an account.';
  if (differenceMinor !== 0 && residualAccount === null) return 'Choose an account for the difference, or choose more.';
  return null;
}

/** A single invoice that a line pays a part of: the part is what came in. */
export function partPayment(lines: readonly BankLineView[], parts: readonly ChosenPart[]): number | null {
  const [part, ...others] = parts;
  if (!part || others.length > 0 || part.candidate.kind !== 'invoice' || lines.some((line) => line.amount.currency !== part.candidate.amount.currency)) return null;
  const came = addMinorUnits(0, ...lines.map((line) => line.amount.amount));
  return came > 0 && came < part.candidate.amount.amount ? came : null;
}
