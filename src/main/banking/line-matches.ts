/**
 * Saying what bank lines are: proposals by the rules, matches by a person or by a rule that is set to it, and taking them back. A match is facts, entries and an audit row in one
 * transaction; a customer's payment is decided and booked by receivables before it, and taken back with it.
 */
import { createHash } from 'node:crypto';
import { addDays, daysBetween, localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import { ConflictError, DaybookError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import { convertMinorUnits } from '../../shared/money/money.ts';
import { rateOfDay } from '../ledger/rate-of-day.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { idFromKey } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { countArrivalsOf, findActRate, findCandidate, findTransitBooking, isActReversed, listCandidates } from './bank-candidate.repository.ts';
import { arrivalKey, entriesOfMatch, needsRate, type BookedMatch, type MatchLeg } from './bank-match-postings.ts';
import { countMatchesOf, findLine, findMatch, insertMatch, listOpenLines, listPaymentsOf, readRuleSettings, type KnownLine } from './bank-match.repository.ts';
import { findSuspended } from './bank-standing.repository.ts';
import { findBankAccount, typeOfLedgerAccount, type BankAccount } from './bank-statement.repository.ts';
import type { BankAct, BankJournalPort, RatesPort } from './banking.ports.ts';
import { isPayable, waitsInTransit, type CandidateKind, type MatchCandidate, type MatchOrigin, type MatchProposal, type MatchRuleName } from './match-candidate.ts';
import { createMatchEndings, hashesOf, type MatchEndingsDependencies, type OverruledMatch } from './match-endings.ts';
import { likelihoodOf, proposeMatches } from './matching-rules.ts';

export interface BankMatchingDependencies extends MatchEndingsDependencies {
  readonly rates: RatesPort;
  functionalCurrency(): string;
}

export interface MatchWish {
  /** Of one account; at least one. */
  readonly lineIds: readonly string[];
  /** None: the lines belong to `residualAccount`. */
  readonly parts: readonly { readonly kind: CandidateKind; readonly id: string; /** Of an invoice, a credit or an overpayment: less than is due or left, without sign. */ readonly amountMinor?: number | undefined }[];
  /** Where what lines and parts differ by is posted. */
  readonly residualAccount?: string | null | undefined;
  readonly memo?: string | undefined;
  /** The rule whose suggestion a person accepts. */
  readonly acceptedRule?: MatchRuleName | undefined;
}

export interface DoneMatch {
  readonly matchId: string;
  readonly lineIds: readonly string[];
  readonly receiptIds: readonly string[];
  readonly residualMinor: number;
}

export interface AutomaticOutcome {
  readonly done: readonly DoneMatch[];
  readonly looked: number;
  readonly matched: number;
  readonly suggested: number;
  /** What could not be matched although the rules said so. */
  readonly failed: readonly { readonly lineId: string; readonly code: string }[];
}

export interface CandidateSearch {
  readonly currency: string;
  readonly on: string;
  readonly amountMinor: number;
  /** A part of a label, a name or a reference. */
  readonly text?: string | undefined;
  /** The lines it is looked for: what the rules say of them orders the list. */
  readonly lineIds?: readonly string[] | undefined;
}

export interface BankMatching {
  /** Best first, of the open lines of an account, or of all. */
  propose(accountId: string | null): MatchProposal[];
  /** What could be on a statement in a currency and is on none: the likeliest first by the rules, as what the lines name; then the nearest, by amount, then by day. */
  candidates(near: CandidateSearch): MatchCandidate[];
  /**
   * @throws NotFoundError `bank-line-not-found`, `bank-candidate-not-found`; ConflictError `bank-line-matched`, `bank-match-disturbed`, `bank-payout-arrived`; ValidationError `bank-match-empty`, `bank-lines-of-two-accounts`, `bank-residual-account-missing`,
   * `account-unknown`, `bank-part-amount-invalid`, `bank-part-twice`, `bank-match-currencies`, `bank-match-sides`, `exchange-rate-missing`; StateError `payout-not-booked`; what receivables throw of a payment.
   */
  match(wish: MatchWish, act: BankAct): Promise<DoneMatch>;
  /** @throws NotFoundError `bank-match-not-found`; StateError `bank-match-ended`, `entry-not-sealed`, `bank-rest-booked`. */
  unmatch(matchId: string, reason: string, act: BankAct): Promise<DoneMatch>;
  /** After an exchange with the shared books: ends the matches that these do not have as this desk made them. */
  endOverruled(actor: string): Promise<OverruledMatch[]>;
  isStanding(matchId: string): boolean;
  /** Whether it posted a difference to an account. */
  hasDifference(matchId: string): boolean;
  /** Whether it made a payment to a customer. */
  hasPaid(matchId: string): boolean;
  /** Matches what automatic rules find without a doubt. */
  matchAutomatically(actor: string, control: WorkControl): Promise<AutomaticOutcome>;
}

/** So many open lines are looked through at once, the oldest first. */
const mostLines = 20_000;
/** How far candidates may lie from the lines; looked for by hand, farther. */
const reachDays = 60;
const searchDays = 400;

export function createBankMatching(dependencies: BankMatchingDependencies): BankMatching {
  const { readable, unitOfWork, journal, entries, receipts, payments, rates, audit, differences, clock } = dependencies;
  const endings = createMatchEndings(dependencies);

  function propose(accountId: string | null): MatchProposal[] {
    const lines = listOpenLines(readable, { accountId, from: '0000-01-01', limit: mostLines });
    const [first, last] = [lines[0], lines.at(-1)];
    if (!first || !last) return [];
    const candidates = listCandidates(readable, { from: addDays(first.bookedOn, -reachDays), to: addDays(last.bookedOn, reachDays) });
    return proposeMatches({ lines, candidates, settings: readRuleSettings(readable), rate: (from, to, on) => rates.find(readable, from, to, on) });
  }

  /** The suggestion that a person accepts, as the rules propose it now, with its score and its reasons; what they no longer propose is matched by hand. Who accepts it is who matches. */
  function originOf({ lineIds, parts, acceptedRule }: MatchWish): { readonly rule: MatchOrigin; readonly score: number; readonly reasons: readonly string[]; readonly isAutomatic: boolean } {
    const accountId = findLine(readable, lineIds[0] ?? '')?.accountId;
    const isWhole = parts.every(({ amountMinor }) => amountMinor === undefined);
    const keyOf = (lines: readonly string[], candidates: readonly { readonly kind: string; readonly id: string }[]): string => JSON.stringify([lines.toSorted(), candidates.map(({ kind, id }) => `${kind}/${id}`).toSorted()]);
    const wanted = keyOf(lineIds, parts);
    const accepted = acceptedRule === undefined || accountId === undefined || !isWhole ? undefined : propose(accountId).find((proposal) => proposal.rule === acceptedRule && keyOf(proposal.lineIds, proposal.candidates) === wanted);
    if (accepted) return { rule: accepted.rule, score: accepted.score, reasons: accepted.reasons, isAutomatic: false };
    return { rule: parts.length === 0 ? 'to-account' : 'by-hand', score: 10_000, reasons: ['A person said so.'], isAutomatic: false };
  }

  /** Checked whole before anything is done. */
  function prepare(wish: MatchWish) {
    const lines = [...new Set(wish.lineIds)].map((id) => mustFindLine(readable, id));
    const [first] = lines;
    if (!first) throw new ValidationError('bank-match-empty', 'A match needs a bank line.', { nextStep: 'Choose a line on the left.' });
    if (lines.some((line) => line.accountId !== first.accountId)) throw new ValidationError('bank-lines-of-two-accounts', 'These lines are of two bank accounts.', { nextStep: 'Match the lines of one account at a time.' });
    const account = findBankAccount(readable, first.accountId);
    if (!account) throw new NotFoundError('bank-account-not-found', 'There is no such bank account.');
    const parts = wish.parts.map((part) => ({ candidate: mustFindCandidate(readable, part.kind, part.id), wanted: part.amountMinor }));
    const lineMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
    const shares = sharesOf(account, lineMinor, parts);
    const residualMinor = lineMinor - shares.reduce((sum, share) => sum + share.arrivedMinor, 0);
    const residualAccount = residualMinor === 0 ? null : (wish.residualAccount ?? null);
    if (residualMinor !== 0) assertResidualAccount(account, residualAccount);
    const on = lines.reduce<LocalDate>((latest, line) => (line.bookedOn > latest ? line.bookedOn : latest), first.bookedOn);
    return { lines, account, shares, residualMinor, residualAccount, on };
  }

  function assertResidualAccount(account: BankAccount, code: string | null): void {
    if (code === null) throw new ValidationError('bank-residual-account-missing', 'The bank line and what it is matched with differ.', { nextStep: 'Say to which account the difference is posted, or choose more.' });
    if (typeOfLedgerAccount(readable, code) === undefined || code === account.ledgerAccount) throw new ValidationError('account-unknown', `There is no account ${code} a difference can be posted to.`, { nextStep: 'Choose an account of the chart, other than the bank’s own.' });
  }

  /** Records what the lines say came in. A receipt that was made for this match and taken back, as the match did not come about, is made anew. @param made filled as they are made. */
  async function recordReceipts(prepared: ReturnType<typeof prepare>, matchId: string, act: BankAct, made: Map<string, string>): Promise<void> {
    const parties = Map.groupBy(prepared.shares.filter(({ candidate }) => candidate.kind === 'invoice'), ({ candidate }) => candidate.partyId);
    for (const [partyId, shares] of parties) {
      const currency = shares[0]?.candidate.currency ?? prepared.account.currency;
      const receipt = { on: prepared.on, amountMinor: shares.reduce((sum, share) => sum + share.ownMinor, 0), currency, bankReference: referenceOf(prepared.lines), allocations: shares.map(({ candidate, ownMinor }) => ({ invoiceId: candidate.id, amountMinor: ownMinor })) };
      await recordStanding(`receipt/${partyId}`, matchId, (requestId) => receipts.record(receipt, { actor: act.actor, requestId }), (receiptId) => shares.forEach(({ candidate }) => made.set(candidate.id, receiptId)));
    }
  }

  /** Pays out what the lines say went out; one that was taken back is made anew, as receipts are. */
  async function recordPayments(prepared: ReturnType<typeof prepare>, matchId: string, act: BankAct, made: Map<string, string>): Promise<void> {
    for (const { candidate, ownMinor } of prepared.shares) {
      if (!isPayable(candidate.kind)) continue;
      const source = candidate.kind === 'credit' ? { creditId: candidate.id } : { receiptId: candidate.id };
      const payment = { on: prepared.on, amountMinor: -ownMinor, bankReference: referenceOf(prepared.lines) };
      await recordStanding(`payment/${candidate.kind}/${candidate.id}`, matchId, (requestId) => payments.payOut(source, payment, { actor: act.actor, requestId }), (actId) => made.set(candidate.id, actId));
    }
  }

  /** A lost reply is answered with what was recorded; what was taken back since is no answer: the next attempt has a request of its own. */
  async function recordStanding(what: string, matchId: string, record: (requestId: string) => Promise<string>, keep: (actId: string) => void): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const actId = await record(idFromKey(`bank-match/${matchId}/${what}/${attempt}`));
      if (isActReversed(readable, actId)) continue;
      keep(actId);
      return;
    }
  }

  function legsOf(prepared: ReturnType<typeof prepare>, receiptOf: ReadonlyMap<string, string>): MatchLeg[] {
    const functionalCurrency = dependencies.functionalCurrency();
    const legs = new Map<string, MatchLeg>();
    for (const { candidate, ownMinor, arrivedMinor } of prepared.shares) {
      if (waitsInTransit(candidate.kind)) {
        const { functional, rate } = bookedInTransit(readable, candidate);
        legs.set(candidate.id, { kind: candidate.kind === 'payout' ? 'payout' : 'outside-payment', objectId: candidate.id, label: candidate.label, accountCode: accountCodes.cashInTransit, minor: candidate.amountMinor, currency: candidate.currency, functional, rate, arrivedMinor, arrival: countArrivalsOf(readable, candidate.id) + (candidate.isArrived ? 0 : 1) });
        continue;
      }
      const actId = receiptOf.get(candidate.id) ?? candidate.id;
      const known = legs.get(actId);
      const minor = (known?.minor ?? 0) + ownMinor;
      const rate = findActRate(readable, actId);
      const functional = candidate.currency === functionalCurrency ? minor : convertMinorUnits(minor, candidate.currency, functionalCurrency, rate ?? '0', 'half-away-from-zero');
      legs.set(actId, { kind: candidate.kind === 'repayment' || isPayable(candidate.kind) ? 'repayment' : 'receipt', objectId: actId, label: candidate.label, accountCode: accountCodes.bank, minor, currency: candidate.currency, functional, rate, arrivedMinor: (known?.arrivedMinor ?? 0) + arrivedMinor, arrival: 0 });
    }
    return [...legs.values()];
  }

  /** What receivables wrote is of no use without the match; where the same match was made meanwhile, from another window, it is that one's. */
  async function takeBackMade(matchId: string, receiptOf: ReadonlyMap<string, string>, paymentOf: ReadonlyMap<string, string>, act: BankAct): Promise<void> {
    if (findMatch(readable, matchId)?.unmatchedAt === null) return;
    const reason = 'The bank line could not be matched.';
    for (const receiptId of new Set(receiptOf.values())) await receipts.takeBack(receiptId, reason, act);
    for (const actId of paymentOf.values()) if (!isActReversed(readable, actId)) await payments.takeBack(actId, reason, act);
  }

  async function match(wish: MatchWish, act: BankAct, found: { readonly rule: MatchOrigin; readonly score: number; readonly reasons: readonly string[]; readonly isAutomatic: boolean }): Promise<DoneMatch> {
    const prepared = prepare(wish);
    const { lines, account, shares, residualMinor, residualAccount, on } = prepared;
    const functionalCurrency = dependencies.functionalCurrency();
    for (const { candidate } of shares) if (waitsInTransit(candidate.kind)) bookedInTransit(readable, candidate);
    const known = account.currency === functionalCurrency ? null : rates.dated(readable, account.currency, functionalCurrency, on);
    const isRateNeeded = needsRate({ currency: account.currency, functionalCurrency, residualMinor, legs: shares.map(({ candidate }) => ({ currency: candidate.currency }) as MatchLeg) });
    const rate = known === null ? null : isRateNeeded ? rateOfDay(known, account.currency, functionalCurrency, on, 'a bank line') : known?.rate;
    const id = matchIdOf(wish, lines.map((line) => line.id), countMatchesOf(readable, lines[0]?.id ?? ''));
    const receiptOf = new Map<string, string>();
    const paymentOf = new Map<string, string>();
    try {
      await recordReceipts(prepared, id, act, receiptOf);
      await recordPayments(prepared, id, act, paymentOf);
      const madeOf = new Map([...receiptOf, ...paymentOf]);
      const booked: BookedMatch = {
        id, on, bankAccountCode: account.ledgerAccount, currency: account.currency, functionalCurrency, rate, legs: legsOf(prepared, madeOf), residualMinor, residualAccount,
        memo: wish.memo?.trim() || (shares.length === 0 ? `Bank: ${memoOf(lines)}` : `Difference to the bank statement, ${shares.map(({ candidate }) => candidate.label).join(', ')}`),
      };
      const drafts = entriesOfMatch(booked);
      unitOfWork.run('bank.match', (database) => {
        assertUndisturbed(database, id, madeOf);
        const posted = journal.post(database, drafts);
        assertSaidAlike(shares, booked.legs, posted);
        const isNew = insertMatch(database, {
          id, accountId: account.id, ...found, matchedOn: on, residualMinor, residualAccount, entryKeys: drafts.map((draft) => draft.key), entryHashes: hashesOf(database, entries, drafts.map((draft) => draft.key)), matchedAt: clock.now(), matchedBy: act.actor, lineIds: lines.map((line) => line.id),
          parts: shares.map(({ candidate, ownMinor, arrivedMinor }) => ({ kind: candidate.kind, objectId: candidate.id, label: candidate.label, amountMinor: arrivedMinor, objectMinor: ownMinor, objectCurrency: candidate.currency, receiptId: madeOf.get(candidate.id) ?? null })),
        });
        if (!isNew) throw lineMatched();
        const labelled = (label: string): string[] => listCandidates(database, { from: addDays(on, -searchDays), to: addDays(on, searchDays) }).flatMap((candidate) => (candidate.label === label ? [candidate.id] : []));
        differences.settleMatched(database, { matchId: id, lines, objectIds: shares.map(({ candidate }) => candidate.id), with: shares.map(({ candidate }) => candidate.label).join(', ') || `account ${residualAccount ?? ''}`, suspended: findSuspended(database, id) }, act, labelled);
        audit.append(database, { entity: 'bank-match', entityId: id, action: 'match', actor: act.actor, requestId: act.requestId, diff: { rule: found.rule, score: found.score, reasons: [...found.reasons], lines: lines.map((line) => line.id), parts: shares.map(({ candidate, arrivedMinor }) => ({ kind: candidate.kind, id: candidate.id, amountMinor: arrivedMinor })), residualMinor, residualAccount } });
      });
    } catch (error) {
      await takeBackMade(id, receiptOf, paymentOf, act);
      throw error;
    }
    return { matchId: id, lineIds: lines.map((line) => line.id), receiptIds: [...new Set(receiptOf.values())], residualMinor };
  }

  return {
    propose,
    candidates({ currency, on, amountMinor, text, lineIds = [] }) {
      const wanted = text?.trim().toLowerCase() ?? '';
      const day = localDate(on);
      const far = (candidate: MatchCandidate): readonly [number, number, number] => [candidate.currency === currency ? 0 : 1, Math.abs(candidate.amountMinor - amountMinor), Math.abs(daysBetween(candidate.expectedOn, day))];
      const isWanted = ({ label, names, references }: MatchCandidate): boolean => wanted === '' || [label, ...names, ...references].some((each) => each.toLowerCase().includes(wanted));
      const candidates = listCandidates(readable, { from: addDays(day, -searchDays), to: addDays(day, searchDays) });
      const lines = lineIds.map((id) => findLine(readable, id)).filter((line) => line !== undefined);
      const likely = lines.length === 0 ? new Map<string, number>() : likelihoodOf({ lines, candidates, settings: readRuleSettings(readable), rate: (from, to, of) => rates.find(readable, from, to, of) });
      return candidates
        .filter((candidate) => isWanted(candidate) && (candidate.currency === currency || wanted !== '' || likely.has(`${candidate.kind}/${candidate.id}`)))
        .map((candidate) => ({ candidate, likely: likely.get(`${candidate.kind}/${candidate.id}`) ?? 0, far: far(candidate) }))
        .toSorted((one, other) => other.likely - one.likely || one.far[0] - other.far[0] || one.far[1] - other.far[1] || one.far[2] - other.far[2])
        .map(({ candidate }) => candidate);
    },
    match: (wish, act) => match(wish, act, originOf(wish)),

    unmatch: async (matchId, reason, act) => ({ ...(await endings.unmatch(matchId, reason, act)), residualMinor: 0 }),
    endOverruled: endings.endOverruled,
    isStanding: (matchId) => findMatch(readable, matchId)?.unmatchedAt === null,
    hasPaid: (matchId) => listPaymentsOf(readable, matchId).length > 0,
    hasDifference: (matchId) => (findMatch(readable, matchId)?.residualMinor ?? 0) !== 0,

    async matchAutomatically(actor, control) {
      const proposals = propose(null);
      const certain = proposals.filter((proposal) => proposal.isAutomatic);
      const failed: { lineId: string; code: string }[] = [];
      const done: DoneMatch[] = [];
      for (const [index, proposal] of certain.entries()) {
        control.signal.throwIfAborted();
        try {
          const wish: MatchWish = { lineIds: proposal.lineIds, parts: proposal.candidates.map(({ kind, id }) => ({ kind, id })), residualAccount: proposal.residualAccount };
          done.push(await match(wish, { actor, requestId: idFromKey(`bank-match/automatic/${proposal.lineIds.join('+')}`) }, { rule: proposal.rule, score: proposal.score, reasons: proposal.reasons, isAutomatic: true }));
        } catch (error) {
          if (!(error instanceof DaybookError)) throw error;
          failed.push({ lineId: proposal.lineIds[0] ?? '', code: error.code });
        }
        control.report({ done: index + 1, total: certain.length, note: 'Matching bank lines' });
      }
      const suggested = new Set(proposals.filter((proposal) => !proposal.isAutomatic).flatMap((proposal) => proposal.lineIds)).size;
      return { looked: new Set(proposals.flatMap((proposal) => proposal.lineIds)).size, matched: done.length, suggested, failed, done };
    },
  };
}

interface Share {
  readonly candidate: MatchCandidate;
  /** In the candidate's currency. */
  readonly ownMinor: number;
  /** In the account's. */
  readonly arrivedMinor: number;
}

/** @throws ValidationError `bank-part-twice`, `bank-part-amount-invalid`, `bank-match-currencies`, `bank-match-sides`. */
function sharesOf(account: BankAccount, lineMinor: number, parts: readonly { readonly candidate: MatchCandidate; readonly wanted: number | undefined }[]): Share[] {
  const foreign = parts.filter(({ candidate }) => candidate.currency !== account.currency);
  if (foreign.length > 0 && parts.length > 1) throw new ValidationError('bank-match-currencies', 'What is in another currency than the bank account is matched by itself.', { nextStep: 'Choose one payout or invoice in another currency, and nothing else.' });
  // Between currencies there is no difference to ask about: whatever the line is would count as what arrived.
  const across = foreign.find(({ candidate }) => Math.sign(candidate.amountMinor) !== Math.sign(lineMinor));
  if (across) throw new ValidationError('bank-match-sides', `${across.candidate.label} is money that ${across.candidate.amountMinor > 0 ? 'comes in' : 'goes out'}, and the lines are not.`, { nextStep: 'Choose lines of the same side.' });
  const twice = parts.find(({ candidate }, place) => parts.findIndex((other) => other.candidate.kind === candidate.kind && other.candidate.id === candidate.id) !== place);
  if (twice) throw new ValidationError('bank-part-twice', `${twice.candidate.label} is named twice.`, { nextStep: 'Choose it once, with the amount that it has in all.' });
  return parts.map(({ candidate, wanted }) => {
    const wholeMinor = Math.abs(candidate.amountMinor);
    if (wanted !== undefined && (!(candidate.kind === 'invoice' || isPayable(candidate.kind)) || wanted <= 0 || wanted > wholeMinor)) throw new ValidationError('bank-part-amount-invalid', `A part of ${candidate.label} can only be an amount up to what is due or left, and only of an invoice or of what a customer has with us.`, { data: { dueMinor: wholeMinor }, nextStep: 'Correct the amount.' });
    const ownMinor = wanted === undefined ? candidate.amountMinor : Math.sign(candidate.amountMinor) * wanted;
    return { candidate, ownMinor, arrivedMinor: candidate.currency === account.currency ? ownMinor : lineMinor };
  });
}

function mustFindLine(readable: ReadableDatabase, id: string): KnownLine {
  const line = findLine(readable, id);
  if (!line) throw new NotFoundError('bank-line-not-found', 'There is no such bank line.', { nextStep: 'Import the statement again.' });
  if (line.matchId !== null) throw lineMatched();
  return line;
}

function mustFindCandidate(readable: ReadableDatabase, kind: CandidateKind, id: string): MatchCandidate {
  const candidate = findCandidate(readable, kind, id);
  if (!candidate) throw new NotFoundError('bank-candidate-not-found', 'This is matched already, paid, or not known here.', { data: { kind, id }, nextStep: 'Look at the list again.' });
  return candidate;
}

const lineMatched = (): ConflictError => new ConflictError('bank-line-matched', 'The bank line is matched already.', { nextStep: 'Take that match back first.' });

/** Two windows may say the same at once: the match is made once, and never with money that was taken back in between. @throws ConflictError `bank-line-matched`, `bank-match-disturbed`. */
function assertUndisturbed(database: ReadableDatabase, matchId: string, madeOf: ReadonlyMap<string, string>): void {
  if (findMatch(database, matchId) !== undefined) throw lineMatched();
  for (const actId of madeOf.values()) if (isActReversed(database, actId)) throw new ConflictError('bank-match-disturbed', 'What was recorded for this match was taken back while it was made. Nothing was matched.', { nextStep: 'Look at the line again, then match it.' });
}

/** What the books have of an arrival stands: a match here is that same entry or none. @throws ConflictError `bank-payout-arrived`: the caller rolls back. */
function assertSaidAlike(shares: readonly Share[], legs: readonly MatchLeg[], posted: ReturnType<BankJournalPort['post']>): void {
  const unlike = legs.find((leg) => {
    if (!waitsInTransit(leg.kind)) return false;
    const isArrived = shares.some(({ candidate }) => candidate.id === leg.objectId && candidate.isArrived);
    return isArrived && !posted.unchanged.includes(arrivalKey(leg.objectId, leg.arrival));
  });
  if (unlike || posted.refused.length > 0) {
    throw new ConflictError('bank-payout-arrived', `The books have it already that ${unlike?.label ?? 'this'} arrived, with other bank lines or in another way: another desk has matched it.`, { nextStep: 'Match it as that desk did, with the same lines and the same account for a difference, or have that match taken back first.' });
  }
}

/** @throws StateError `payout-not-booked`. */
function bookedInTransit(readable: ReadableDatabase, payout: MatchCandidate) {
  const booking = findTransitBooking(readable, payout);
  if (booking === undefined || booking.minor !== payout.amountMinor || booking.currency !== payout.currency) throw new StateError('payout-not-booked', `The payout ${payout.label} is not in the books yet, or with another amount.`, { nextStep: 'Sync with Stripe and look at what waits; then match it.' });
  return booking;
}

function matchIdOf(wish: MatchWish, lineIds: readonly string[], earlier: number): string {
  const parts = wish.parts.map((part) => `${part.kind}/${part.id}/${part.amountMinor ?? ''}`).toSorted();
  return idFromKey(`bank-match/${createHash('sha256').update(JSON.stringify([[...lineIds].toSorted(), parts, wish.residualAccount ?? null, earlier])).digest('hex')}`);
}

const memoOf = (lines: readonly KnownLine[]): string => lines.map((line) => line.counterpartyName ?? line.description).join(', ').slice(0, 200);
const referenceOf = (lines: readonly KnownLine[]): string => (lines.flatMap((line) => [...line.references, line.description]).find((text) => text.trim() !== '') ?? lines[0]?.id ?? 'bank').slice(0, 140);
