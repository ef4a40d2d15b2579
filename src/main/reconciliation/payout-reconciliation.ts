/**
 * Level 3 (domain.md §6): what a payout pays out is what its balance transactions sum to; one made by hand fits between the balances around it; and start + activity −
 * payouts is the end that Stripe says. Stripe is asked afresh; that the payout itself is in the books is part of level 2.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import { readTogether, type ReadableDatabase, type UnitOfWork, type WritableDatabase } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { readMarks, readPositions } from './compared-state.repository.ts';
import type { ComparedAccounts } from './comparison.repository.ts';
import { writeOffNeed } from './discrepancy-postings.ts';
import { discrepancyIdOf, recordFinding, settleVanished, type SeenIn } from './finding-intake.ts';
import type { GatewayBalance, GatewayBalanceTransactions, ListedBalanceTransaction, ListedPayout } from './gateway-balance-transactions.ts';
import { accountOf, proveBalances, underWay, type AccountLine, type BalanceMovement, type BalanceProof, type MovementSums, type PayoutUnderWay } from './payout-proof.ts';
import { isCompared, iterateMovements, readAccountBalances, readLedgerNet, readMovementSums, readPostedSince, readSettlements, readUnlistedEntries, type PostedSettlement } from './payout-proof.repository.ts';
import { countRunSpells, endSpellsInRange, insertRunRecord, journalHeadAt, nextRunSequence, noteFound } from './run-record.repository.ts';
import { comparisonPolicy, type Finding } from './transaction-matching.ts';

export interface PayoutReconciliationDependencies {
  readonly gateway: Pick<GatewayBalanceTransactions, 'list' | 'listPayouts' | 'sumOfPayout' | 'balances'>;
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly zone: TimeZone;
  readonly accounts: Pick<ComparedAccounts, 'clearing'>;
  /** Port: the mirror keeps which transactions a payout's whole list named. */
  keepTies(database: WritableDatabase, payoutId: string, transactionIds: readonly string[], listedAt: number): void;
}

/** Both sides of the clearing account at the moment of the run. */
export interface ClearingBalance {
  readonly currency: string;
  readonly stripeMinor: number;
  readonly ledgerMinor: number;
}

export interface PayoutReconciliationResult {
  readonly runId: string;
  /** Payouts that were checked: automatic ones by what they pay, others by the balance around them. */
  readonly compared: number;
  readonly tied: number;
  readonly found: number;
  readonly settled: number;
  readonly balances: readonly ClearingBalance[];
  readonly proofs: readonly BalanceProof[];
  /** Payouts made by hand, as lines of an account. */
  readonly account: readonly AccountLine[];
  readonly underWay: readonly PayoutUnderWay[];
}

export interface PayoutReconciliation {
  /**
   * Payouts created on from ≤ day < to in the reporting zone; all of them without a range. One request and more per payout. The balance is proved from the first day to now.
   * @throws what the gateway throws; what `control.signal` was aborted with.
   */
  reconcilePayouts(range: { readonly from?: LocalDate | undefined; readonly to?: LocalDate | undefined }, control: WorkControl): Promise<PayoutReconciliationResult>;
}

const summedSideBySide = 4;
/** Stripe may list a transaction late by this much (domain.md §2). */
const overlapMs = 72 * 3_600_000;
/** Lines that are kept with a run. */
const mostLines = 500;

export function createPayoutReconciliation({ gateway, readable, unitOfWork, clock, zone, accounts, keepTies }: PayoutReconciliationDependencies): PayoutReconciliation {
  /** What Stripe lists and level 2 has not compared: what came since, or everything where nothing was. */
  async function listNew(now: number, control: WorkControl): Promise<BalanceMovement[]> {
    const marks = readMarks(readable);
    const movements: BalanceMovement[] = [];
    for await (const page of gateway.list({ createdFrom: marks.isWhole === 1 ? marks.listedTo - overlapMs : undefined, createdTo: undefined, signal: control.signal })) {
      movements.push(...page.filter((transaction) => marks.isWhole !== 1 || !isCompared(readable, transaction.id)).map((transaction) => movementOf(transaction, now)));
    }
    return movements;
  }

  /**
   * The books' side, of one moment: the clearing account holds whatever a sync, a webhook or a fetch has posted by now, so each transaction is asked for as it stands now too, not as level 2
   * found it. What is on the account from no transaction that Stripe lists is left over, and is either named by level 2 or not proved.
   */
  function readBooks(isWhole: boolean, listed: readonly BalanceMovement[], from: number, now: number): Books {
    const clearing = readAccountBalances(readable, accounts.clearing);
    if (!isWhole) return { clearing, fresh: listed, since: new Map(), sums: withMovements([], listed, from), named: new Map(), settlements: [] };
    const since = readPostedSince(readable, accounts.clearing, readMarks(readable).ledgerSequence);
    const fresh = listed.map((movement) => ({ ...movement, ledgerNetMinor: readLedgerNet(readable, accounts.clearing, movement) }));
    const freshIds = new Set(fresh.map(({ id }) => id));
    const sums = withMovements(readMovementSums(readable, { from, now }), fresh, from).map((sum) => ({ ...sum, ledgerMinor: addMinorUnits(sum.ledgerMinor, ...since.filter(({ currency }) => currency === sum.currency).map((one) => one.ledgerNetMinor - one.comparedMinor)) }));
    const named = new Map<string, number>();
    for (const { id, currency, amountMinor } of readUnlistedEntries(readable, accounts.clearing)) if (!freshIds.has(id)) named.set(currency, addMinorUnits(named.get(currency) ?? 0, amountMinor));
    return { clearing, fresh, since: new Map(since.map((one) => [one.id, one.ledgerNetMinor])), sums, named, settlements: readSettlements(readable, accounts.clearing) };
  }

  return {
    async reconcilePayouts(days, control) {
      const startedAt = clock.now();
      const seen: SeenIn = { level: 'payouts', runId: newId(), seenAt: startedAt, today: zone.dateOf(startedAt) };
      const range = { createdFrom: days.from && zone.startOf(days.from), createdTo: days.to && zone.startOf(days.to) };
      const payouts: ListedPayout[] = [];
      const findings: Finding[] = [];
      let tied = 0;

      async function compare(payout: ListedPayout): Promise<void> {
        const { transactionIds, netMinor } = await gateway.sumOfPayout(payout, control.signal);
        if (payout.isListWhole) unitOfWork.run('reconciliation.payout-ties', (database) => keepTies(database, payout.id, transactionIds, startedAt));
        conclude(payout, netMinor);
      }

      function conclude(payout: ListedPayout, netMinor: number): void {
        const finding = comparePayout(payout, netMinor, zone.dateOf(payout.createdAt));
        if (finding) findings.push(finding);
        else tied += 1;
      }

      for await (const page of gateway.listPayouts({ ...range, signal: control.signal })) {
        payouts.push(...page);
        const automatic = page.filter((payout) => payout.isAutomatic);
        for (let start = 0; start < automatic.length; start += summedSideBySide) {
          control.signal.throwIfAborted();
          await Promise.all(automatic.slice(start, start + summedSideBySide).map(compare));
        }
        control.report({ done: payouts.length, total: null, note: 'Adding up payouts' });
      }

      const stripe = await gateway.balances(control.signal);
      const listed = await listNew(startedAt, control);
      const from = range.createdFrom ?? Number.MIN_SAFE_INTEGER;
      const isWhole = readMarks(readable).isWhole === 1;
      const books = readTogether(readable, () => readBooks(isWhole, listed, from, startedAt));
      const proofs = proveBalances(books.sums, stripe, books.clearing).map((proof): BalanceProof => ({ ...proof, namedMinor: addMinorUnits(books.named.get(proof.currency) ?? 0, settledIn(proof, books)) }));
      // Without what level 2 compared, nothing is known of the books' side of each transaction.
      for (const proof of proofs) findings.push(...unprovedIn(proof, isWhole ? addMinorUnits(proof.unexplainedMinor, -proof.namedMinor) : 0, seen.today));

      const byHand = payouts.filter((payout) => !payout.isAutomatic);
      const account = accountOf(byHand, movementsOf(new Set(byHand.map((payout) => payout.currency)), books, startedAt), from);
      for (const line of account) {
        const payout = byHand.find(({ id }) => id === line.payoutId);
        if (payout) conclude(payout, -line.payoutMinor);
      }
      const onTheWay = underWay(payouts, (instant) => zone.dateOf(instant), seen.today);

      return unitOfWork.run('reconciliation.payouts', (database) => {
        const sequence = nextRunSequence(database, 'payouts');
        for (const finding of findings) {
          recordFinding(database, finding, seen);
          noteFound(database, { level: 'payouts', id: discrepancyIdOf('payouts', finding), sequence });
        }
        const settleDays = { from: days.from ?? '', to: days.to ?? '9999-12-31' };
        const settled = settleVanished(database, seen, settleDays);
        endSpellsInRange(database, { level: 'payouts', run: seen.runId, sequence }, settleDays);
        const { appeared, gone } = countRunSpells(database, 'payouts', sequence);
        const balances = proofs.map(({ currency, stripeMinor, clearingMinor }) => ({ currency, stripeMinor, ledgerMinor: clearingMinor }));
        const byReason = Object.fromEntries([...Map.groupBy(findings, (finding) => finding.reason)].map(([reason, found]) => [reason, found.length]));
        const summary = canonicalJson({
          sums: sumsOf(payouts), byReason, balances, proofs: proofs.map((proof) => ({ ...proof })), account: account.slice(-mostLines).map((line) => ({ ...line })), underWay: onTheWay.slice(0, mostLines).map((payout) => ({ ...payout })),
        });
        const compared = payouts.length;
        insertRunRecord(database, {
          id: seen.runId, level: 'payouts', sequence, scope: days.from || days.to ? 'range' : 'everything', method: 'full', policyVersion: comparisonPolicy.version, inputsHash: hashOf(payouts, proofs, journalHeadAt(database, readPositions(database).ledgerSequence)),
          fromAt: range.createdFrom ?? null, toAt: range.createdTo ?? null, asOfAt: startedAt, startedAt, finishedAt: clock.now(), compared, recompared: compared, matched: tied, found: findings.length, appeared, remaining: findings.length - appeared, gone, summary,
        });
        return { runId: seen.runId, compared, tied, found: findings.length, settled, balances, proofs, account, underWay: onTheWay };
      });
    },
  };

  function* movementsOf(currencies: ReadonlySet<string>, { fresh, since }: Books, now: number): Generator<BalanceMovement> {
    if (readMarks(readable).isWhole === 1) {
      for (const currency of currencies) for (const movement of iterateMovements(readable, currency, now)) yield since.has(movement.id) ? { ...movement, ledgerNetMinor: since.get(movement.id) ?? null } : movement;
    }
    yield* fresh;
  }
}

/** What the books say of the balance's movements. Minor units; per currency. */
interface Books {
  readonly clearing: readonly GatewayBalance[];
  /** What Stripe lists and level 2 has not compared, as the books have it. */
  readonly fresh: readonly BalanceMovement[];
  /** Of what was posted after level 2 compared it: what its entries moved the clearing account by. */
  readonly since: ReadonlyMap<string, number>;
  readonly sums: readonly MovementSums[];
  /** On the clearing account from transactions that Stripe does not list: level 2 names each. */
  readonly named: ReadonlyMap<string, number>;
  /** What people posted on the clearing account about differences. */
  readonly settlements: readonly PostedSettlement[];
}

/**
 * What of the clearing account settles differences that stand: it belongs to the transaction, or to the money without one, that the difference is about. Never more than the difference comes to
 * now: what was posted where the books agree with Stripe, or beyond the difference, or before the transaction came after all, is on the account from nothing.
 */
function settledIn({ currency, differenceMinor }: Pick<BalanceProof, 'currency' | 'differenceMinor'>, { settlements, since, fresh }: Books): number {
  return addMinorUnits(...settlements.filter((one) => one.currency === currency).map((one) => withinGap(one.postedMinor, gapOf(one))));

  function gapOf(one: PostedSettlement): number {
    if (one.level === 'payouts') return one.objectId === `balance-${currency}` ? differenceMinor : 0;
    const { transactionId } = one;
    const now = transactionId === null ? undefined : since.get(transactionId);
    if (now !== undefined && one.stripeNetMinor !== null) return one.stripeNetMinor - now;
    const need = writeOffNeed(one);
    return one.stands && need?.on === 'clearing' && !fresh.some(({ id }) => id === transactionId) ? need.movementMinor : 0;
  }
}

/** The part of an amount that goes the way of the gap, and no farther. */
const withinGap = (postedMinor: number, gapMinor: number): number => (Math.sign(postedMinor) === Math.sign(gapMinor) ? Math.sign(gapMinor) * Math.min(Math.abs(postedMinor), Math.abs(gapMinor)) : 0);

function movementOf({ id, type, currency, createdAt, amountMinor, feeMinor, availableAt }: ListedBalanceTransaction, now: number): BalanceMovement {
  return { id, currency, createdAt, amountMinor, feeMinor, isPayout: type.startsWith('payout'), ledgerNetMinor: null, isPending: (availableAt ?? now) > now };
}

function withMovements(kept: readonly MovementSums[], fresh: readonly BalanceMovement[], from: number): MovementSums[] {
  const sums = new Map(kept.map((sum) => [sum.currency, { ...sum }]));
  for (const movement of fresh) {
    const sum = sums.get(movement.currency) ?? { currency: movement.currency, openingMinor: 0, activityMinor: 0, payoutsMinor: 0, pendingMinor: 0, ledgerMinor: 0 };
    const net = addMinorUnits(movement.amountMinor, -movement.feeMinor);
    const part = movement.createdAt < from ? 'openingMinor' : movement.isPayout ? 'payoutsMinor' : 'activityMinor';
    sums.set(movement.currency, { ...sum, [part]: addMinorUnits(sum[part], net), pendingMinor: addMinorUnits(sum.pendingMinor, movement.isPending ? net : 0), ledgerMinor: addMinorUnits(sum.ledgerMinor, movement.ledgerNetMinor ?? 0) });
  }
  return [...sums.values()];
}

function sumsOf(payouts: readonly ListedPayout[]): { store: 'stripe'; currency: string; count: number; amountMinor: number }[] {
  return [...Map.groupBy(payouts, (payout) => payout.currency)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, own]) => ({ store: 'stripe', currency, count: own.length, amountMinor: addMinorUnits(...own.map((payout) => payout.amountMinor)) }));
}

function hashOf(payouts: readonly ListedPayout[], proofs: readonly BalanceProof[], journal: string): string {
  const listed = payouts.map(({ id, amountMinor, currency, status, createdAt }) => [id, amountMinor, currency, status, createdAt]).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return createHash('sha256').update(canonicalJson({ payouts: listed, proofs: proofs.map((proof) => ({ ...proof })), journal })).digest('hex');
}

/** null when what the payout pays is what it says. */
export function comparePayout(payout: ListedPayout, netMinor: number, createdOn: LocalDate): Finding | null {
  if (netMinor === payout.amountMinor) return null;
  const side = (amountMinor: number): Finding['stripe'] => ({ amountMinor, feeMinor: null, currency: payout.currency, status: null, createdAt: payout.createdAt, rowId: null });
  return {
    reason: 'amount-differs', store: 'ledger', subjectIds: [payout.id], objectId: payout.id, balanceTransactionId: payout.balanceTransactionId, currency: payout.currency, amountMinor: payout.amountMinor - netMinor, occurredOn: createdOn,
    stripe: side(payout.amountMinor), other: side(netMinor),
  };
}

/**
 * What of a balance nobody can name: money Stripe says it holds without a transaction for it, and postings on the clearing account without one.
 * @param unexplainedMinor the latter, without what level 2 has named already.
 */
function unprovedIn(proof: BalanceProof, unexplainedMinor: number, today: LocalDate): Finding[] {
  const { currency, stripeMinor, endingMinor, clearingMinor, ledgerMinor, differenceMinor } = proof;
  const side = (amountMinor: number): Finding['stripe'] => ({ amountMinor, feeMinor: null, currency, status: null, createdAt: null, rowId: null });
  const base = { reason: 'balance-not-proved', store: 'ledger', balanceTransactionId: null, currency, occurredOn: today } as const;
  return [
    ...(differenceMinor === 0 ? [] : [{ ...base, subjectIds: ['balance', currency, 'stripe'], objectId: `balance-${currency}`, amountMinor: differenceMinor, stripe: side(stripeMinor), other: side(endingMinor) }]),
    ...(unexplainedMinor === 0 ? [] : [{ ...base, subjectIds: ['balance', currency, 'clearing'], objectId: `clearing-${currency}`, amountMinor: -unexplainedMinor, stripe: side(ledgerMinor), other: side(clearingMinor) }]),
  ];
}
