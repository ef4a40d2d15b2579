/**
 * The ordered rules by which bank lines meet payouts, receipts and invoices (domain.md §6). Pure: what they find are proposals with a score and reasons; one is automatic only when its rule is
 * set to it and nothing else fits any part of it. Nothing is merged silently.
 */
import { daysBetween, type LocalDate } from '../../shared/calendar/local-date.ts';
import { percentDecimal } from '../../shared/money/basis-points.ts';
import { convertMinorUnits, mulDiv } from '../../shared/money/money.ts';
import { isPayable, type MatchCandidate, type MatchProposal, type MatchRuleName, type MatchRuleSetting, type OpenLine } from './match-candidate.ts';
import { indexNames, indexReferences } from './reference-index.ts';
import { findSums, isLookedAtWhole } from './sum-search.ts';

export interface MatchingRequest {
  readonly lines: readonly OpenLine[];
  readonly candidates: readonly MatchCandidate[];
  readonly settings: readonly MatchRuleSetting[];
  /** Units of the line's currency for one of the candidate's on a day; undefined when no rate is known. */
  rate(from: string, to: string, on: LocalDate): string | undefined;
}

/** What is proposed before it is known what else fits. */
interface Found extends Omit<MatchProposal, 'isAmbiguous' | 'isAutomatic' | 'residualAccount'> {
  readonly mayBeAutomatic: boolean;
  /** It rests on what the line names; what was found by amount or name does not outweigh it. */
  readonly isReferred: boolean;
}

interface Board {
  readonly request: MatchingRequest;
  readonly named: ReadonlyMap<string, readonly MatchCandidate[]>;
  readonly byAmount: ReadonlyMap<string, readonly MatchCandidate[]>;
  /** The candidates whose names the line carries. */
  ofNamesIn(line: OpenLine): readonly MatchCandidate[];
  hasName(line: OpenLine, candidate: MatchCandidate): boolean;
  setting(rule: MatchRuleName): MatchRuleSetting;
}

/** Invoices may be paid as soon as they are there. */
const mostDaysAhead = 120;

const amountKey = (currency: string, amountMinor: number): string => `${currency}/${amountMinor}`;
const textsOf = (line: OpenLine): string[] => [...line.references, line.description];
const keyOf = (candidate: MatchCandidate): string => `${candidate.kind}/${candidate.id}`;
const distance = (line: OpenLine, candidate: MatchCandidate): number => Math.abs(daysBetween(candidate.expectedOn, line.bookedOn));
const isTimely = (line: OpenLine, candidate: MatchCandidate, days: number): boolean => line.bookedOn >= candidate.earliestOn && (distance(line, candidate) <= days || (candidate.kind === 'invoice' && line.bookedOn <= candidate.expectedOn && distance(line, candidate) <= mostDaysAhead));
const isSameSide = (line: OpenLine, candidate: MatchCandidate): boolean => Math.sign(line.amountMinor) === Math.sign(candidate.amountMinor);

/** Every proposal, best first. A line may have several; the first ones of each line are what a person is shown. */
export function proposeMatches(request: MatchingRequest): MatchProposal[] {
  const board = boardOf(request);
  const found: Found[] = [];
  for (const line of request.lines) {
    const named = namedProposals(board, line).map((proposal) => ({ ...proposal, isReferred: true }));
    found.push(...named);
    // A line that names what it pays is about that and nothing else.
    if (named.length > 0) continue;
    const exact = amountProposals(board, line);
    found.push(...exact, ...nearProposals(board, line));
    if (exact.length === 0) found.push(...batchProposals(board, line), ...rateProposals(board, line));
  }
  const splits = splitProposals(board);
  // Parts that name a payment and add up to it explain each other: that each is less than the whole says nothing then.
  const explained = new Set(splits.filter((split) => split.isReferred).flatMap((split) => split.lineIds.map((id) => `${id} ${keyOf(split.candidates[0] as MatchCandidate)}`)));
  const isLeft = (proposal: Found): boolean => proposal.residualMinor === 0 || !proposal.candidates.every((candidate) => explained.has(`${proposal.lineIds[0] ?? ''} ${keyOf(candidate)}`));
  return decide(board, [...found.filter(isLeft), ...splits]);
}

/** How likely candidates are for these lines, by `kind/id`, where the rules say anything of them: the larger the likelier. */
export function likelihoodOf(request: MatchingRequest): ReadonlyMap<string, number> {
  const board = boardOf(request);
  const likely = new Map<string, number>();
  const say = (candidate: MatchCandidate, likelihood: number): void => void likely.set(keyOf(candidate), Math.max(likely.get(keyOf(candidate)) ?? 0, likelihood));
  for (const { candidates, score } of proposeMatches(request)) for (const candidate of candidates) say(candidate, score);
  for (const line of request.lines) {
    // What the line names by its reference comes before all that only fits, and among several the one that fits; whose name it carries comes before whose amount is near.
    for (const candidate of board.named.get(line.id) ?? []) say(candidate, namedLikelihood + (likely.get(keyOf(candidate)) ?? 0));
    for (const candidate of board.ofNamesIn(line)) if (candidate.currency === line.currency && isSameSide(line, candidate)) say(candidate, nameLikelihood);
  }
  return likely;
}

/** Above every score of a proposal. */
const namedLikelihood = 20_000;
/** Below every score of a proposal. */
const nameLikelihood = 1;

function boardOf({ candidates, ...rest }: MatchingRequest): Board {
  const index = indexReferences(candidates, (candidate) => candidate.references);
  const named = new Map(rest.lines.map((line) => [line.id, index.findIn(textsOf(line))]));
  // What another desk has matched is found again by what the line names alone: by amount it would stand in the way of what is open.
  const request = { ...rest, candidates: candidates.filter((candidate) => !candidate.isArrived) };
  const byAmount = new Map<string, MatchCandidate[]>();
  const byName = new Map<string, MatchCandidate[]>();
  for (const candidate of request.candidates) {
    addTo(byAmount, amountKey(candidate.currency, candidate.amountMinor), candidate);
    for (const name of candidate.names) addTo(byName, name, candidate);
  }
  const names = indexNames(byName.keys());
  const namesOf = new Map<string, ReadonlySet<string>>(request.lines.map((line) => [line.id, names.findIn(`${line.counterpartyName ?? ''} ${line.description}`)]));
  const settings = new Map(request.settings.map((setting) => [setting.rule, setting]));
  return {
    request, named, byAmount, setting: (rule) => settings.get(rule) ?? { rule, isAutomatic: false, days: 0, tolerance: 0, accountCode: null },
    ofNamesIn: (line) => [...new Set([...(namesOf.get(line.id) ?? [])].flatMap((name) => byName.get(name) ?? []))],
    hasName: (line, candidate) => candidate.names.some((name) => namesOf.get(line.id)?.has(name)),
  };
}

function addTo<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const known = map.get(key);
  if (known) known.push(item);
  else map.set(key, [item]);
}

// ── By reference ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function namedProposals(board: Board, line: OpenLine): Found[] {
  const all = (board.named.get(line.id) ?? []).filter((candidate) => candidate.currency === line.currency);
  if (all.length === 0) return namedAcrossCurrencies(board, line);
  const sum = all.reduce((total, candidate) => total + candidate.amountMinor, 0);
  const names = all.map((candidate) => candidate.label).join(', ');
  const { days } = board.setting('exact-reference');
  if (all.length > 1) {
    if (sum === line.amountMinor && isOneParty(all)) {
      return [found('one-to-many', [line], all, 9_900, [`The line names ${names}.`, 'Their amounts add up to the line.'], all.every((candidate) => isTimely(line, candidate, days)))];
    }
    // One of those named, whole: the others are only mentioned, and a person says so.
    return all.filter((candidate) => candidate.amountMinor === line.amountMinor).map((candidate) => found('exact-reference', [line], [candidate], 8_500, [`The line names ${names}.`, `${candidate.label} has the same amount.`], false))
      .concat(isOneParty(all) && Math.sign(sum) === Math.sign(line.amountMinor) && !all.some((candidate) => candidate.amountMinor === line.amountMinor) ? [found('one-to-many', [line], all, 6_000, [`The line names ${names}.`, 'The amounts differ.'], false)] : []);
  }
  const [candidate] = all;
  if (!candidate || !isSameSide(line, candidate)) return [];
  const far = distance(line, candidate);
  if (candidate.amountMinor === line.amountMinor) {
    const timely = isTimely(line, candidate, days);
    return [found('exact-reference', [line], [candidate], timely ? 10_000 : 8_800, [`The line names ${candidate.label}.`, 'The amounts agree.', ...(timely ? [] : [`It lies ${far} days from when it was expected.`])], timely)];
  }
  return [differing(board, line, candidate, [`The line names ${candidate.label}.`], 7_500)];
}

function namedAcrossCurrencies(board: Board, line: OpenLine): Found[] {
  const [candidate, ...others] = board.named.get(line.id) ?? [];
  return candidate && others.length === 0 ? rateProposal(board, line, candidate, [`The line names ${candidate.label}.`], 9_000) : [];
}

/** Named or alone in its place, and not the same amount: explained by a known fee, by a small difference, or by nothing. */
function differing(board: Board, line: OpenLine, candidate: MatchCandidate, reasons: readonly string[], score: number): Found {
  const residual = line.amountMinor - candidate.amountMinor;
  const fee = board.setting('known-fee').tolerance;
  const tolerance = board.setting('tolerance').tolerance;
  if (fee > 0 && residual === -fee) return found('known-fee', [line], [candidate], score + 1_000, [...reasons, 'The difference is the known fee.'], true);
  if (Math.abs(residual) <= tolerance) return found('tolerance', [line], [candidate], score + 500, [...reasons, 'The difference is within the tolerance.'], true);
  return found('exact-reference', [line], [candidate], score - 1_500, [...reasons, 'The amounts differ.'], false);
}

// ── By amount and day ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function amountProposals(board: Board, line: OpenLine): Found[] {
  const { days } = board.setting('amount-and-date');
  const proposals: Found[] = [];
  for (const candidate of board.byAmount.get(amountKey(line.currency, line.amountMinor)) ?? []) {
    if (!isTimely(line, candidate, days)) continue;
    const named = board.hasName(line, candidate);
    const far = Math.min(distance(line, candidate), 30);
    const score = 8_600 + (named ? 900 : 0) - far * (candidate.kind === 'invoice' ? 10 : 60);
    proposals.push(found('amount-and-date', [line], [candidate], score, ['The amounts agree.', dayReason(line, candidate), ...(named ? [`The line carries the name ${candidate.names[0] ?? ''}.`] : [])], named));
  }
  return proposals;
}

/** The name says whose it is, and the amount is nearly it. Without the name a near amount means nothing. */
function nearProposals(board: Board, line: OpenLine): Found[] {
  const days = Math.max(board.setting('known-fee').days, board.setting('tolerance').days);
  const most = Math.max(board.setting('known-fee').tolerance, board.setting('tolerance').tolerance);
  const proposals: Found[] = [];
  for (const candidate of board.ofNamesIn(line)) {
    const residual = line.amountMinor - candidate.amountMinor;
    if (candidate.currency !== line.currency || !isTimely(line, candidate, days) || residual === 0 || Math.abs(residual) > most || !isSameSide(line, candidate)) continue;
    const proposal = differing(board, line, candidate, [`The line carries the name ${candidate.names[0] ?? ''}.`, dayReason(line, candidate)], 6_500);
    if (proposal.rule !== 'exact-reference') proposals.push({ ...proposal, score: proposal.score - Math.min(distance(line, candidate), 30) * 10 });
  }
  return proposals;
}

const dayReason = (line: OpenLine, candidate: MatchCandidate): string => {
  const days = daysBetween(candidate.expectedOn, line.bookedOn);
  if (days === 0) return 'It came on the day it was expected.';
  return `It came ${Math.abs(days)} ${Math.abs(days) === 1 ? 'day' : 'days'} ${days > 0 ? 'after' : 'before'} it was expected.`;
};

// ── Several to one ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function batchProposals(board: Board, line: OpenLine): Found[] {
  const { days } = board.setting('one-to-many');
  const parties = new Map<string, MatchCandidate[]>();
  for (const candidate of board.ofNamesIn(line)) {
    if (candidate.currency === line.currency && isTimely(line, candidate, days) && isSameSide(line, candidate) && Math.abs(candidate.amountMinor) < Math.abs(line.amountMinor)) addTo(parties, `${candidate.kind}/${candidate.partyId}`, candidate);
  }
  const proposals: Found[] = [];
  for (const list of parties.values()) {
    list.sort((one, other) => (one.expectedOn < other.expectedOn ? -1 : 1));
    for (const chosen of findSums(list, (candidate) => candidate.amountMinor, line.amountMinor)) {
      proposals.push(found('one-to-many', [line], chosen, 8_000 - chosen.length * 100, [`${chosen.map((candidate) => candidate.label).join(', ')} add up to the line.`, `The line carries the name ${list[0]?.names[0] ?? ''}.`], isLookedAtWhole(list)));
    }
  }
  return proposals;
}

/** One payment that came in parts: lines that name it, or lines of its payer, add up to it. */
function splitProposals(board: Board): Found[] {
  const { days } = board.setting('many-to-one');
  const carrying = new Map<string, OpenLine[]>();
  for (const line of board.request.lines) {
    for (const candidate of board.ofNamesIn(line)) addTo(carrying, keyOf(candidate), line);
  }
  for (const list of carrying.values()) list.sort((a, b) => (a.bookedOn < b.bookedOn ? -1 : 1));
  const naming = new Map<string, OpenLine[]>();
  for (const line of board.request.lines) {
    for (const candidate of board.named.get(line.id) ?? []) addTo(naming, keyOf(candidate), line);
  }
  const proposals: Found[] = [];
  for (const candidate of board.request.candidates) {
    const namers = (naming.get(keyOf(candidate)) ?? []).filter((line) => line.currency === candidate.currency && isSameSide(line, candidate));
    if (namers.length > 1 && namers.reduce((sum, line) => sum + line.amountMinor, 0) === candidate.amountMinor) {
      proposals.push(found('many-to-one', namers, [candidate], 9_700, [`${namers.length} lines name ${candidate.label} and add up to it.`], true, true));
      continue;
    }
    if (namers.length > 0 || candidate.names.length === 0) continue;
    const parts = linesBetween(carrying.get(keyOf(candidate)) ?? [], candidate, days).filter((line) => line.currency === candidate.currency && (board.named.get(line.id) ?? []).length === 0 && isSameSide(line, candidate) && Math.abs(line.amountMinor) < Math.abs(candidate.amountMinor));
    for (const chosen of findSums(parts, (line) => line.amountMinor, candidate.amountMinor)) proposals.push(found('many-to-one', chosen, [candidate], 7_800 - chosen.length * 100, [`${chosen.length} lines of ${candidate.names[0] ?? ''} add up to ${candidate.label}.`], isLookedAtWhole(parts)));
  }
  return proposals;
}

const linesBetween = (lines: readonly OpenLine[], candidate: MatchCandidate, days: number): OpenLine[] => lines.filter((line) => line.bookedOn >= candidate.earliestOn && distance(line, candidate) <= days);

// ── Across currencies ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function rateProposals(board: Board, line: OpenLine): Found[] {
  const { days } = board.setting('currency-rate');
  return board
    .ofNamesIn(line)
    .filter((candidate) => candidate.currency !== line.currency && isSameSide(line, candidate) && isTimely(line, candidate, days))
    .flatMap((candidate) => rateProposal(board, line, candidate, [`The line carries the name ${candidate.names[0] ?? ''}.`], 6_800));
}

function rateProposal(board: Board, line: OpenLine, candidate: MatchCandidate, reasons: readonly string[], score: number): Found[] {
  const rate = board.request.rate(candidate.currency, line.currency, line.bookedOn);
  if (rate === undefined || !isSameSide(line, candidate)) return [];
  const expected = convertMinorUnits(candidate.amountMinor, candidate.currency, line.currency, rate, 'half-away-from-zero');
  const offBasisPoints = expected === 0 ? 10_000 : mulDiv(Math.abs(line.amountMinor - expected), 10_000, Math.abs(expected), 'half-away-from-zero');
  if (offBasisPoints > board.setting('currency-rate').tolerance) return [];
  return [{ ...found('currency-rate', [line], [candidate], score - offBasisPoints * 2, [...reasons, `At the day’s rate of ${rate} the amounts agree within ${percentDecimal(offBasisPoints)} %.`], true), residualMinor: 0 }];
}

// ── What holds ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function found(rule: MatchRuleName, lines: readonly OpenLine[], candidates: readonly MatchCandidate[], score: number, reasons: readonly string[], mayBeAutomatic: boolean, isReferred = false): Found {
  const residualMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0) - candidates.reduce((sum, candidate) => sum + candidate.amountMinor, 0);
  return { rule, lineIds: lines.map((line) => line.id), candidates, score: Math.max(0, Math.min(10_000, score)), reasons, residualMinor, mayBeAutomatic, isReferred };
}

const isOneParty = (candidates: readonly MatchCandidate[]): boolean => new Set(candidates.map((candidate) => `${candidate.kind}/${candidate.partyId}`)).size === 1;

/** What competes for a line or a candidate is for a person, unless it is plainly worse: a name found by chance does not outweigh a reference. */
function decide(board: Board, proposals: readonly Found[]): MatchProposal[] {
  const byLine = grouped(proposals, (proposal) => proposal.lineIds);
  const byCandidate = grouped(proposals, (proposal) => proposal.candidates.map(keyOf));
  const isRival = (one: Found, other: Found): boolean => other !== one && (other.isReferred || !one.isReferred);
  return proposals
    .map((proposal): MatchProposal => {
      const rivals = [...proposal.lineIds.flatMap((id) => byLine.get(id) ?? []), ...proposal.candidates.flatMap((candidate) => byCandidate.get(keyOf(candidate)) ?? [])];
      const isAmbiguous = rivals.some((other) => isRival(proposal, other));
      const setting = board.setting(proposal.rule);
      // Paying a customer is a person's act, whatever the rule is set to.
      const { mayBeAutomatic, isReferred: _isReferred, ...rest } = proposal;
      return {
        ...rest, isAmbiguous, score: isAmbiguous ? Math.max(0, proposal.score - 1_000) : proposal.score, reasons: isAmbiguous ? [...proposal.reasons, 'Something else fits as well.'] : proposal.reasons,
        residualAccount: proposal.residualMinor === 0 ? null : setting.accountCode, isAutomatic: mayBeAutomatic && setting.isAutomatic && !isAmbiguous && !proposal.candidates.some(({ kind }) => isPayable(kind)) && (proposal.residualMinor === 0 || setting.accountCode !== null),
      };
    })
    .toSorted((a, b) => b.score - a.score || (a.lineIds[0] ?? '').localeCompare(b.lineIds[0] ?? ''));
}

function grouped(proposals: readonly Found[], keysOf: (proposal: Found) => readonly string[]): ReadonlyMap<string, readonly Found[]> {
  const groups = new Map<string, Found[]>();
  for (const proposal of proposals) {
    for (const key of keysOf(proposal)) {
      const known = groups.get(key);
      if (known) known.push(proposal);
      else groups.set(key, [proposal]);
    }
  }
  return groups;
}
