/** What is chosen on both sides, and what they differ by. Pure. */
import type { BankCandidateView, BankLineView, BankSuggestionView } from '../../../../../shared/api/banking.contract.ts';
import { addMinorUnits } from '../../../../../shared/money/money.ts';

/** What a person has chosen so far. */
export interface DeskChoice {
  readonly lines: ReadonlyMap<string, BankLineView>;
  readonly parts: ReadonlyMap<string, BankCandidateView>;
  /** For the difference that stands: another choice on either side asks anew, or one key would post another amount there. */
  readonly residualAccount: string | null;
  /** The last chosen invoice is paid in part: {@link partPayment}. */
  readonly isPart: boolean;
  /** The rule whose suggestion was taken, as long as nothing else is chosen: the match is kept as that rule’s. */
  readonly acceptedRule: BankSuggestionView['rule'] | null;
}

export const nothingChosen: DeskChoice = { lines: new Map(), parts: new Map(), residualAccount: null, isPart: false, acceptedRule: null };
export const candidateId = (candidate: Pick<BankCandidateView, 'kind' | 'id'>): string => `${candidate.kind}/${candidate.id}`;

/** What was chosen on the right was for the lines as they were; what was chosen before any line waits for its line. */
export const withLine = ({ lines, parts }: DeskChoice, line: BankLineView): DeskChoice => ({ ...nothingChosen, lines: toggled(lines, line.id, line), parts: lines.size === 0 ? parts : new Map() });

export const withCandidate = ({ lines, parts }: DeskChoice, candidate: BankCandidateView): DeskChoice => ({ ...nothingChosen, lines, parts: toggled(parts, candidateId(candidate), candidate) });

/** Its own lines and no others: its account is for what they leave. Lines of a payment that came in parts come along; where one is not here, the rest is asked for. */
export function withSuggestion({ lines }: DeskChoice, { rule, lineIds, parts, residualAccount }: Pick<BankSuggestionView, 'rule' | 'lineIds' | 'parts' | 'residualAccount'>, shown: readonly BankLineView[]): DeskChoice {
  const own = lineIds.map((id) => lines.get(id) ?? shown.find((line) => line.id === id)).filter((line) => line !== undefined);
  return { lines: new Map(own.map((line) => [line.id, line])), parts: new Map(parts.map((part) => [candidateId(part), part])), residualAccount: own.length === lineIds.length ? residualAccount : null, isPart: false, acceptedRule: own.length === lineIds.length ? rule : null };
}

function toggled<Item>(before: ReadonlyMap<string, Item>, id: string, item: Item): ReadonlyMap<string, Item> {
  const after = new Map(before);
  if (!after.delete(id)) after.set(id, item);
  return after;
}

export interface ChosenPart {
  readonly candidate: BankCandidateView;
  /** Of an invoice, or of what a customer has with us: less than all of it, signed as the bank signs it; undefined: all of it. */
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
  // What was chosen before its line is in the currency of its own: only a line says that there are two.
  const currency = lines[0]?.amount.currency ?? parts[0]?.candidate.amount.currency ?? null;
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

/** Whether a match with it pays a customer. */
export const isPayable = ({ kind }: Pick<BankCandidateView, 'kind'>): boolean => kind === 'credit' || kind === 'overpayment';

export interface PartPaid {
  readonly candidate: BankCandidateView;
  /** What is left for it, signed as the lines, in minor units of their currency. */
  readonly minor: number;
}

/**
 * What the lines pay a part of: of all that is chosen the last invoice, or the last that a customer has with us, where what the rest leaves is less than all of it. null: nothing is paid in part.
 */
export function partPayment(lines: readonly BankLineView[], parts: readonly ChosenPart[]): PartPaid | null {
  const last = parts.findLast(({ candidate }) => candidate.kind === 'invoice' || isPayable(candidate))?.candidate;
  if (!last || [...lines.map((line) => line.amount), ...parts.map(({ candidate }) => candidate.amount)].some(({ currency }) => currency !== last.amount.currency)) return null;
  const others = parts.filter(({ candidate }) => candidate !== last).map(({ candidate }) => -candidate.amount.amount);
  const minor = addMinorUnits(0, ...lines.map((line) => line.amount.amount), ...others);
  const whole = last.amount.amount;
  return Math.sign(minor) === Math.sign(whole) && Math.abs(minor) < Math.abs(whole) ? { candidate: last, minor } : null;
}
