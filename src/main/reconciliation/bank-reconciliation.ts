/**
 * Level 4 (domain.md §6): what was paid out and what customers paid, against the bank statements that are here. Payouts are asked for only on days that statements cover; what lies on a line
 * that names it and differs is one difference, not two.
 */
import { createHash } from 'node:crypto';
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import { canonicalJson, type JsonValue } from '../audit/canonical-json.ts';
import type { UnitOfWork } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { discrepancyIdOf, recordFinding, settleVanished, type SeenIn } from './finding-intake.ts';
import { countRunSpells, endSpellsInRange, insertRunRecord, nextRunSequence, noteFound } from './run-record.repository.ts';
import { comparisonPolicy, type Finding, type FindingSide } from './transaction-matching.ts';

export interface BankPayout {
  readonly id: string;
  readonly balanceTransactionId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly expectedOn: LocalDate;
}

export interface BankLineLeft {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly bookedOn: LocalDate;
}

/** What a match left on suspense: the lines less what they were matched with, in minor units of the account. */
export interface SuspendedRest {
  readonly matchId: string;
  /** What the lines were matched with; where that is an account alone, the id of the first line. */
  readonly label: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly on: LocalDate;
}

/** What banking says of how statements and books stand: `banking/bank-standing.ts`. */
export interface BankStanding {
  /** Per currency, the days that whole statements cover. */
  readonly covered: ReadonlyMap<string, { readonly from: LocalDate; readonly to: LocalDate }>;
  /** On no statement. */
  readonly payouts: readonly BankPayout[];
  /** Nobody has said what they are. */
  readonly lines: readonly BankLineLeft[];
  /** A line that names a payout or an invoice, and not its amount. */
  readonly differing: readonly { readonly line: BankLineLeft; readonly objectId: string; readonly payoutId: string | null; readonly amountMinor: number; readonly label: string }[];
  /** Of matches that stand: what they left on suspense. */
  readonly residuals: readonly SuspendedRest[];
  readonly matchedLines: number;
  readonly sums: readonly { readonly store: 'stripe' | 'bank'; readonly currency: string; readonly count: number; readonly amountMinor: number }[];
}

export interface BankReconciliationDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly zone: TimeZone;
  standing(): BankStanding;
}

export interface BankReconciliationResult {
  readonly runId: string;
  readonly compared: number;
  readonly matched: number;
  readonly found: number;
  readonly settled: number;
  readonly byReason: Readonly<Record<string, number>>;
}

/** Banks book a payout up to so many days after Stripe expects it to arrive. */
const graceDays = 3;
const findingsPerTransaction = 250;
const allDays = { from: '', to: '9999-12-31' };

export interface BankReconciliation {
  /** @throws what `control.signal` was aborted with. */
  reconcileBank(control: WorkControl): Promise<BankReconciliationResult>;
}

export function createBankReconciliation({ unitOfWork, clock, zone, standing }: BankReconciliationDependencies): BankReconciliation {
  return {
    async reconcileBank(control) {
      const startedAt = clock.now();
      const seen: SeenIn = { level: 'bank', runId: newId(), seenAt: startedAt, today: zone.dateOf(startedAt) };
      const bank = standing();
      const findings = findingsOf(bank);
      for (let start = 0; start < findings.length; start += findingsPerTransaction) {
        control.signal.throwIfAborted();
        unitOfWork.run('reconciliation.record-findings', (database) => {
          const sequence = nextRunSequence(database, 'bank');
          for (const finding of findings.slice(start, start + findingsPerTransaction)) {
            recordFinding(database, finding, seen);
            noteFound(database, { level: 'bank', id: discrepancyIdOf('bank', finding), sequence });
          }
        });
        control.report({ done: Math.min(start + findingsPerTransaction, findings.length), total: findings.length, note: 'Writing differences' });
      }
      const byReason: Record<string, number> = {};
      for (const { reason } of findings) byReason[reason] = (byReason[reason] ?? 0) + 1;
      const compared = addMinorUnits(bank.matchedLines, bank.lines.length);
      return unitOfWork.run('reconciliation.bank', (database) => {
        const sequence = nextRunSequence(database, 'bank');
        const settled = settleVanished(database, seen, allDays);
        endSpellsInRange(database, { level: 'bank', run: seen.runId, sequence }, allDays);
        const { appeared, gone } = countRunSpells(database, 'bank', sequence);
        insertRunRecord(database, {
          id: seen.runId, level: 'bank', sequence, scope: 'everything', method: 'full', policyVersion: comparisonPolicy.version, inputsHash: hashOf(bank), fromAt: null, toAt: null, asOfAt: startedAt, startedAt, finishedAt: clock.now(),
          compared, recompared: compared, matched: bank.matchedLines, found: findings.length, appeared, remaining: findings.length - appeared, gone,
          summary: canonicalJson({ sums: bank.sums.map((sum) => ({ ...sum })), byReason }),
        });
        return { runId: seen.runId, compared, matched: bank.matchedLines, found: findings.length, settled, byReason };
      });
    },
  };
}

/** Whether whole statements of the payout's currency cover the days on which the bank should have booked it. */
export function isDueOnStatements(covered: BankStanding['covered'], { currency, expectedOn }: Pick<BankPayout, 'currency' | 'expectedOn'>): boolean {
  const days = covered.get(currency);
  return days !== undefined && expectedOn >= days.from && addDays(expectedOn, graceDays) <= days.to;
}

/** A line that nothing tells of. */
export function unmatchedLine({ id, amountMinor, currency, bookedOn }: BankLineLeft): Finding {
  return { reason: 'bank-line-unmatched', store: 'bank', subjectIds: [id], objectId: id, balanceTransactionId: null, currency, amountMinor: -amountMinor, occurredOn: bookedOn, stripe: null, other: side(amountMinor, currency) };
}

/** What a match left on suspense waits for somebody to say what it is. */
export function suspendedRest({ matchId, label, amountMinor, currency, on }: SuspendedRest): Finding {
  return { reason: 'bank-residual', store: 'bank', subjectIds: [matchId], objectId: label, balanceTransactionId: null, currency, amountMinor: -amountMinor, occurredOn: on, stripe: null, other: side(amountMinor, currency) };
}

/** Pure: what is to be worked on. */
export function findingsOf(bank: BankStanding): Finding[] {
  const named = new Set(bank.differing.flatMap(({ line, payoutId }) => [line.id, ...(payoutId === null ? [] : [payoutId])]));
  const missing = bank.payouts.filter((payout) => !named.has(payout.id) && isDueOnStatements(bank.covered, payout));
  return [
    ...bank.differing.map((each): Finding => ({
      reason: 'amount-differs', store: 'bank', subjectIds: [each.objectId, each.line.id], objectId: each.label, balanceTransactionId: null, currency: each.line.currency, amountMinor: each.amountMinor - each.line.amountMinor, occurredOn: each.line.bookedOn,
      stripe: side(each.amountMinor, each.line.currency), other: side(each.line.amountMinor, each.line.currency),
    })),
    ...missing.map((payout): Finding => ({
      reason: 'payout-without-bank-line', store: 'bank', subjectIds: [payout.id], objectId: payout.id, balanceTransactionId: payout.balanceTransactionId, currency: payout.currency, amountMinor: payout.amountMinor, occurredOn: payout.expectedOn,
      stripe: side(payout.amountMinor, payout.currency), other: null,
    })),
    ...bank.lines.filter((line) => !named.has(line.id)).map(unmatchedLine),
    ...bank.residuals.map(suspendedRest),
  ];
}

/** Of what was compared, in whatever order it came. */
function hashOf({ covered, matchedLines, ...compared }: BankStanding): string {
  const sorted = (rows: readonly object[]): string[] => rows.map((row) => canonicalJson({ ...row } as JsonValue)).toSorted();
  const inputs = { covered: sorted([...covered].map(([currency, days]) => ({ currency, ...days }))), matchedLines, policy: { ...comparisonPolicy }, ...Object.fromEntries(Object.entries(compared).map(([name, rows]) => [name, sorted(rows)])) };
  return createHash('sha256').update(canonicalJson(inputs)).digest('hex');
}

const side = (amountMinor: number, currency: string): FindingSide => ({ amountMinor, feeMinor: null, currency, status: null, createdAt: null, rowId: null });
