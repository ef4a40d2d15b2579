/**
 * One run over transactions from Stripe's first page to its record: list, compare chunk by chunk, look at what is left over on either side, count, conclude.
 * A run over everything keeps what it compared; the next one then lists only what is new and compares what lies around a change in any of the three stores.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';
import { newId } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { leftoversOf, type ComparedScope, type Leftovers } from './comparison-leftovers.repository.ts';
import { beginComparison, boundsOf, isMirrored, suggestSplits, type Comparison, type InstantRange } from './comparison.repository.ts';
import {
  beginNoting, countListingPlaces, dropKnownFromListing, dropUnlisted, emptyAffectedRecords, findAffectedRecords, finishComparing, forgetCompared, iterateRows, iterateRowsDated, readBeforeListing, readListing, readMarks, readPositions, readRecounted,
  storeListedSources, storeStaged, type ComparisonMarks, type StorePositions,
} from './compared-state.repository.ts';
import { discrepancyIdOf, recordFinding, reopenStanding, settle, settleVanished, type SeenIn } from './finding-intake.ts';
import type { ListedBalanceTransaction } from './gateway-balance-transactions.ts';
import { compareWithLedger } from './ledger-matching.ts';
import { LeftoverPairing } from './leftover-pairing.ts';
import type { DriftResult, ReconciliationDependencies, ReconciliationResult } from './run-results.ts';
import { countRunSpells, endSpellsAffected, endSpellsInRange, insertRunRecord, journalHeadAt, listToReopen, listVanishedAffected, nextRunSequence, noteFound, readStanding } from './run-record.repository.ts';
import { RunTotals } from './run-totals.ts';
import { comparisonPolicy, compareWithPaymentHistory, duplicateOf, entryMissingAtStripe, missingAtStripe, type DiscrepancyReason, type Finding, type PaymentHistoryRow } from './transaction-matching.ts';

/** What a run is to do. */
export interface RunPlan {
  readonly level: 'transactions' | 'drift';
  readonly range: InstantRange;
  /** The days whose unseen differences count as gone; null leaves them. */
  readonly settleDays: { readonly from: string; readonly to: string } | null;
  readonly isWanted: (finding: Finding) => boolean;
  /** Whether what it compares is kept for the next run: only where nothing is left out. */
  readonly isEverything: boolean;
  /** Compares only what changed; there must be something to go on from. */
  readonly isIncremental: boolean;
}

const defaultChunkSize = 20_000;
/** Transactions kept at once while Stripe lists. */
const listedTogether = 2_000;
/** Rows written in one transaction: some ten milliseconds. */
const writtenTogether = 2_000;
/** Parts of the listing fetched side by side, once it is long enough to be worth it. */
const listingParts = 4;
const fewestToSplit = 2_000;
/** Stripe may list a transaction late by this much (domain.md §2). */
const overlapMs = 72 * 3_600_000;
const findingsPerTransaction = 250;
const maximumMissingListed = 1_000;
/** Objects fetched to be kept with a difference, each one request. */
const mostTexts = 100;

/** Lets the process answer, be cancelled and report between two pieces of work. */
const breathe = (): Promise<void> => new Promise((resolve) => {
  setImmediate(resolve);
});

export class TransactionRun {
  readonly #dependencies: ReconciliationDependencies;
  readonly #plan: RunPlan;
  readonly #seen: SeenIn;
  readonly #startedAt: number;
  readonly #sequence: number;
  readonly #marks: ComparisonMarks;
  readonly #totals: RunTotals;
  readonly #byReason: Partial<Record<DiscrepancyReason, number>> = {};
  readonly #outcomes = { opened: 0, known: 0, reopened: 0 };
  /** The first findings by name, for drift. */
  readonly #listed: Finding[] = [];
  /** Opened now without the object they are about. */
  readonly #withoutText: Finding[] = [];
  readonly #unmatched = new Set<string>();
  readonly #leftovers = new LeftoverPairing();
  #begun: StorePositions = { ledgerSequence: 0, paymentRow: 0, noted: 0 };
  #counted: StorePositions = this.#begun;
  #recompared = 0;
  #found = 0;

  constructor(dependencies: ReconciliationDependencies, plan: RunPlan) {
    this.#dependencies = dependencies;
    this.#plan = plan;
    this.#startedAt = dependencies.clock.now();
    // A difference that drift sees is the same piece of work as the one the comparison of transactions sees.
    this.#seen = { level: 'transactions', runId: newId(), seenAt: this.#startedAt, today: dependencies.zone.dateOf(this.#startedAt) };
    this.#sequence = nextRunSequence(dependencies.database, plan.level);
    this.#marks = readMarks(dependencies.database);
    this.#totals = new RunTotals(plan.isIncremental ? this.#marks.totals : undefined);
  }

  async run(control: WorkControl): Promise<DriftResult> {
    const { database, unitOfWork, zone, accounts } = this.#dependencies;
    this.#begun = this.#plan.isEverything ? unitOfWork.run('reconciliation.begin', beginNoting) : readPositions(database);
    const comparison = beginComparison(database, zone, accounts);
    try {
      await this.#list(comparison, control);
      await this.#compare(comparison, control);
      await this.#compareLeftOver(leftoversOf(database, zone, accounts, this.#scope), control);
      this.#counted = comparison.atOneMoment(() => this.#countRows());
      await this.#keepTexts(control);
      control.report({ done: this.#totals.transactions, total: this.#totals.transactions, note: 'Compared with Stripe' });
      return { ...this.#finish(), missing: this.#listed.map(({ reason, objectId, balanceTransactionId, currency, amountMinor }) => ({ reason, objectId, balanceTransactionId, currency, amountMinor })) };
    } finally {
      comparison.end();
      emptyAffectedRecords(database);
    }
  }

  get #scope(): ComparedScope {
    const { isEverything, isIncremental, range } = this.#plan;
    return isIncremental ? { kind: 'affected' } : isEverything ? { kind: 'everything' } : { kind: 'range', range };
  }

  async #list(comparison: Comparison, control: WorkControl): Promise<void> {
    const { database, gateway } = this.#dependencies;
    const { isIncremental } = this.#plan;
    const range = isIncremental ? { from: this.#marks.listedTo - overlapMs, to: undefined } : this.#plan.range;
    const splitAt = suggestSplits(database, range, listingParts, fewestToSplit);
    let waiting: ListedBalanceTransaction[] = [];
    let listed = 0;
    for await (const page of gateway.list({ createdFrom: range.from, createdTo: range.to, splitAt, signal: control.signal })) {
      control.signal.throwIfAborted();
      if (!isIncremental) for (const transaction of page) this.#totals.addListed(transaction);
      waiting.push(...page);
      listed += page.length;
      if (waiting.length < listedTogether) continue;
      comparison.list(waiting);
      waiting = [];
      control.report({ done: listed, total: null, note: 'Listing Stripe' });
    }
    control.signal.throwIfAborted();
    comparison.list(waiting);
    if (!isIncremental) this.#totals.transactions = listed;
    comparison.endListing(!isIncremental);
  }

  async #compare(comparison: Comparison, control: WorkControl): Promise<void> {
    const { database, unitOfWork } = this.#dependencies;
    const { isEverything, isIncremental } = this.#plan;
    if (isIncremental) this.#takeListingIn();
    else if (isEverything) unitOfWork.run('reconciliation.forget', forgetCompared);
    const chunkSize = this.#dependencies.chunkSize ?? defaultChunkSize;
    for (let chunk = comparison.compareNext(isIncremental ? 'affected' : 'listing', '', chunkSize); chunk; chunk = comparison.compareNext(isIncremental ? 'affected' : 'listing', chunk.lastId, chunkSize)) {
      this.#recompared += chunk.count;
      const { stripe, ledger, ledgerBefore } = comparison.sums();
      if (!isIncremental) for (const sum of stripe) this.#totals.addSum('stripe', sum);
      for (const sum of ledger) this.#totals.addSum('ledger', sum);
      if (isIncremental) for (const sum of ledgerBefore) this.#totals.addSum('ledger', sum, -1);
      const findings: Finding[] = [];
      for (const { transaction, ledger: entry } of comparison.unequalEntries()) {
        const finding = compareWithLedger(transaction, entry, null);
        if (finding?.reason === 'missing-in-ledger') findings.push(...this.#leftovers.addLacking(transaction, finding));
        else if (finding) findings.push(finding);
      }
      for (const { transaction, rows } of comparison.unequalPayments()) findings.push(...compareWithPaymentHistory(transaction, rows));
      this.#keep(findings);
      if (isEverything) for (let from = 1; from <= chunk.count; from += writtenTogether) unitOfWork.run('reconciliation.keep-compared', (writable) => storeStaged(writable, from, from + writtenTogether - 1));
      control.report({ done: this.#recompared, total: isIncremental ? null : this.#totals.transactions, note: 'Comparing with Stripe' });
      await breathe();
      control.signal.throwIfAborted();
    }
    if (isEverything && !isIncremental) {
      await this.#storeSources(control);
      unitOfWork.run('reconciliation.drop-unlisted', (writable) => dropUnlisted(writable, countListingPlaces(database)));
    }
  }

  /** What is new at Stripe is taken in and counted; what the change touches is worked out. */
  #takeListingIn(): void {
    const { database, unitOfWork } = this.#dependencies;
    dropKnownFromListing(database);
    for (const fact of readBeforeListing(database)) {
      this.#totals.removeListed(fact);
      this.#totals.transactions -= 1;
      // What the journal had of it is taken off with its chunk.
      if (fact.kind !== null) this.#totals.addSum('stripe', { currency: fact.currency, count: 1, amountMinor: fact.amountMinor }, -1);
    }
    for (const fact of readListing(database)) {
      this.#totals.addFact(fact);
      this.#totals.transactions += 1;
      if (fact.kind !== null) this.#totals.addSum('stripe', { currency: fact.currency, count: 1, amountMinor: fact.amountMinor });
    }
    unitOfWork.run('reconciliation.forget', forgetCompared);
    this.#storeSourcesOf(() => undefined);
    findAffectedRecords(database, this.#marks);
  }

  async #storeSources(control: WorkControl): Promise<void> {
    this.#storeSourcesOf(() => control.signal.throwIfAborted());
    await breathe();
  }

  #storeSourcesOf(betweenTwo: () => void): void {
    const { unitOfWork } = this.#dependencies;
    let after: { source: string; id: string } | null = { source: '', id: '' };
    while (after) {
      const from: { source: string; id: string } = after;
      after = unitOfWork.run('reconciliation.keep-sources', (writable) => storeListedSources(writable, from, writtenTogether));
      betweenTwo();
    }
  }

  /** What no id brought together: other pairs, rows and entries that only we have, and what became of money that went back. */
  async #compareLeftOver(leftovers: Leftovers, control: WorkControl): Promise<void> {
    for (const { transaction, rows } of leftovers.pairByPayment()) {
      this.#keep(compareWithPaymentHistory(transaction, rows).flatMap((finding) => (finding.reason === 'missing-in-payment-history' ? this.#leftovers.addLacking(transaction, finding) : [finding])));
    }
    await breathe();
    for (const { transaction, ledger, payment } of leftovers.returns()) {
      const finding = compareWithLedger(transaction, ledger, payment);
      if (finding) this.#keep([finding]);
    }
    const findings: Finding[] = [];
    for (const row of leftovers.rows()) {
      control.signal.throwIfAborted();
      const twin = row.balanceTransactionId === null ? leftovers.twinOf(row) : null;
      if (twin !== null) findings.push(duplicateOfKnown(twin, row));
      else if (!(await this.#isBeyondRange(row.balanceTransactionId, control))) findings.push(...this.#leftovers.addRow(row, missingAtStripe(row)));
    }
    await breathe();
    for (const entry of leftovers.entries()) {
      control.signal.throwIfAborted();
      if (!(await this.#isBeyondRange(entry.balanceTransactionId, control))) findings.push(...this.#leftovers.addEntry(entry, entryMissingAtStripe(entry)));
    }
    this.#keep(findings);
    await breathe();
    this.#keep(this.#leftovers.take(this.#dependencies.database, this.#plan.isEverything));
  }

  /** Whether a transaction that the listing did not give exists at Stripe after all, dated outside the range. */
  async #isBeyondRange(balanceTransactionId: string | null, control: WorkControl): Promise<boolean> {
    return !this.#plan.isEverything && balanceTransactionId !== null && (await this.#dependencies.gateway.exists(balanceTransactionId, control.signal));
  }

  #keep(found: readonly Finding[]): void {
    const findings = found.filter(this.#plan.isWanted);
    for (let start = 0; start < findings.length; start += findingsPerTransaction) {
      this.#dependencies.unitOfWork.run('reconciliation.record-findings', (database) => {
        for (const finding of findings.slice(start, start + findingsPerTransaction)) {
          const outcome = recordFinding(database, finding, this.#seen);
          this.#outcomes[outcome] += 1;
          noteFound(database, { level: this.#plan.level, id: discrepancyIdOf('transactions', finding), sequence: this.#sequence });
          if (outcome === 'opened' && (finding.reason === 'missing-in-ledger' || (finding.pair && finding.store === 'ledger'))) this.#withoutText.push(finding);
        }
      });
    }
    for (const finding of findings) {
      this.#byReason[finding.reason] = (this.#byReason[finding.reason] ?? 0) + 1;
      if (finding.reason !== 'missing-at-stripe' && finding.balanceTransactionId !== null) this.#unmatched.add(finding.balanceTransactionId);
      if (this.#plan.level === 'drift' && this.#listed.length < maximumMissingListed) this.#listed.push(finding);
    }
    this.#found += findings.length;
  }

  /** Counts the payment history, or what changed in it. @returns where the stores stood at that moment. */
  #countRows(): StorePositions {
    const { database } = this.#dependencies;
    const { isEverything, isIncremental, range } = this.#plan;
    const now = readPositions(database);
    if (!isEverything) {
      for (const row of iterateRowsDated(database, boundsOf(range))) this.#totals.addRow(row);
      return now;
    }
    if (isIncremental) {
      const { before, after } = readRecounted(database, this.#marks.summedRow);
      for (const row of before) this.#totals.removeRow(row);
      for (const row of after) this.#totals.addRow(row);
    }
    for (const row of iterateRows(database, { after: isIncremental ? this.#marks.summedRow : 0, upTo: now.paymentRow })) this.#totals.addRow(row);
    return now;
  }

  /** What the journal misses the mirror usually misses as well: the object itself is kept with the difference. */
  async #keepTexts(control: WorkControl): Promise<void> {
    const { database, gateway, unitOfWork } = this.#dependencies;
    for (const finding of this.#withoutText.slice(0, mostTexts)) {
      const id = finding.balanceTransactionId;
      if (!gateway.textOf || id === null || isMirrored(database, id)) continue;
      const raw = await gateway.textOf(id, control.signal);
      if (raw !== undefined) unitOfWork.run('reconciliation.keep-object', (writable) => recordFinding(writable, { ...finding, raw }, this.#seen));
    }
  }

  #finish(): ReconciliationResult {
    const { unitOfWork, clock, database } = this.#dependencies;
    const { level, range, settleDays, isEverything, isIncremental } = this.#plan;
    const seen = { ...this.#seen, toldAsOne: this.#leftovers.toldAsOne };
    const ending = { level, run: this.#seen.runId, sequence: this.#sequence };
    const inputsHash = createHash('sha256').update(canonicalJson({ level, from: range.from ?? null, to: range.to ?? null, policy: { ...comparisonPolicy }, ...this.#totals.digests, pairing: { ...this.#leftovers.grounds }, journal: journalHeadAt(database, this.#begun.ledgerSequence) })).digest('hex');
    return unitOfWork.run('reconciliation.finish', (writable) => {
      let settled = 0;
      if (isIncremental) {
        settled = settle(writable, listVanishedAffected(writable, this.#seen.level, this.#seen.runId), seen);
        endSpellsAffected(writable, ending);
        this.#outcomes.reopened += reopenStanding(writable, listToReopen(writable, level, this.#seen.today), this.#seen);
      } else {
        settled = settleDays ? settleVanished(writable, seen, settleDays) : 0;
        endSpellsInRange(writable, ending, settleDays ?? { from: '', to: '9999-12-31' });
      }
      const { appeared, gone, standing } = countRunSpells(writable, level, this.#sequence);
      const whole = isEverything ? readStanding(writable, level) : null;
      const compared = this.#totals.transactions;
      const found = whole ? standing : this.#found;
      const record = {
        id: this.#seen.runId, level, sequence: this.#sequence, scope: isEverything ? 'everything' : level === 'drift' ? 'last-day' : 'range', method: isIncremental ? 'incremental' : 'full', policyVersion: comparisonPolicy.version, inputsHash,
        fromAt: range.from ?? null, toAt: range.to ?? null, asOfAt: this.#startedAt, startedAt: this.#startedAt, finishedAt: clock.now(), compared, recompared: this.#recompared, matched: compared - (whole?.transactions ?? this.#unmatched.size), found, appeared, gone,
        remaining: found - appeared,
      } as const;
      const summary = { sums: this.#totals.sums, byReason: whole?.byReason ?? this.#byReason };
      insertRunRecord(writable, { ...record, summary: canonicalJson({ sums: summary.sums.map((sum) => ({ ...sum })), byReason: { ...summary.byReason } }) });
      if (isEverything) {
        const marks = { policyVersion: comparisonPolicy.version, fullAt: isIncremental ? this.#marks.fullAt : this.#startedAt, listedTo: this.#startedAt, totals: this.#totals.keep() };
        finishComparing(writable, marks, this.#begun, this.#counted);
      }
      const { method, recompared, matched, remaining } = record;
      return { runId: record.id, level, method, inputsHash, asOf: this.#startedAt, compared, recompared, matched, found, opened: this.#outcomes.opened, reopened: this.#outcomes.reopened, settled, appeared, remaining, gone, ...summary };
    });
  }
}

/** A further row without a transaction id for a payment whose row was matched. */
function duplicateOfKnown(balanceTransactionId: string, row: PaymentHistoryRow): Finding {
  const { gatewayPaymentId: sourceId, amountMinor, feeMinor, currency, createdAt, createdOn } = row;
  return { ...duplicateOf({ id: balanceTransactionId, sourceId, kind: null, amountMinor, feeMinor, currency, exchangeRate: null, createdAt, createdOn }, row), stripe: null };
}
