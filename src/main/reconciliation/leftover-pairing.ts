/**
 * The pass after the ids (docs/adr/0038): what a run found missing on one side waits here until all of it is known; then what attributes bring together is told as one, and the rest as it was found.
 */
import { daysBetween, localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { pairByAttributes, pairingPolicy, pairName, type AttributePair, type PairSide } from './attribute-pairing.ts';
import type { LeftEntry } from './comparison-leftovers.repository.ts';
import { staysSettled } from './discrepancy-states.ts';
import { findDiscrepancy } from './discrepancy.repository.ts';
import { discrepancyIdOf } from './finding-intake.ts';
import { listStandingPairs, readPairDecisions, type StandingPair } from './pair-decisions.repository.ts';
import { expectedStatusOf, pairedFinding, rowName, type Finding, type GatewayTransaction, type PaymentHistoryRow } from './transaction-matching.ts';

type PairedStore = 'ledger' | 'payment_history';

interface Held {
  readonly side: PairSide;
  readonly finding: Finding;
}

interface Waiting {
  readonly lacking: Map<string, Held>;
  readonly strays: Map<string, Held>;
  /** Too many are missing: nothing is paired. */
  isOverfull: boolean;
}

/** Entries of other kinds are no payments: what they differ in is level 3's. */
const kindOfEntry: Readonly<Record<string, string>> = { payment: 'payment', refund: 'refund', dispute: 'dispute', 'dispute-reinstated': 'dispute' };
const epoch = localDate('1970-01-01');
const startOf = (day: LocalDate): number => daysBetween(epoch, day) * 86_400_000;

export class LeftoverPairing {
  readonly #waiting: Readonly<Record<PairedStore, Waiting>> = { ledger: { lacking: new Map(), strays: new Map(), isOverfull: false }, payment_history: { lacking: new Map(), strays: new Map(), isOverfull: false } };
  readonly #toldAsOne = new Map<string, string>();
  readonly #grounds = { linked: [] as string[], refused: [] as string[], setAside: [] as string[] };

  /** What Stripe lists and a store lacks. @returns what need not wait. */
  addLacking(transaction: GatewayTransaction, finding: Finding): readonly Finding[] {
    if (transaction.kind === null || finding.store === 'bank') return [finding];
    const { id: key, kind, amountMinor, feeMinor, currency, createdAt, createdOn: on } = transaction;
    const isDayOnly = finding.store === 'ledger';
    return this.#add(finding.store, 'lacking', { finding, side: { key, kind, amountMinor, feeMinor, currency, status: isDayOnly ? null : expectedStatusOf(transaction.kind, amountMinor), at: isDayOnly ? startOf(on) : createdAt, on } });
  }

  /** A record that Stripe does not list. @returns what need not wait. */
  addRow(row: PaymentHistoryRow, finding: Finding): readonly Finding[] {
    const { kind, amountMinor, feeMinor, currency, status, createdAt: at, createdOn: on } = row;
    return this.#add('payment_history', 'strays', { finding, side: { key: rowName(row), kind, amountMinor, feeMinor, currency, status, at, on } });
  }

  /** An entry from a transaction that Stripe does not list. @returns what need not wait. */
  addEntry(entry: LeftEntry, finding: Finding): readonly Finding[] {
    const kind = kindOfEntry[entry.kind];
    if (kind === undefined) return [finding];
    const { balanceTransactionId: key, feeMinor, currency, entryDate: on } = entry;
    return this.#add('ledger', 'strays', { finding, side: { key, kind, amountMinor: entry.amountMinor + feeMinor, feeMinor, currency, status: null, at: startOf(on), on } });
  }

  #add(store: PairedStore, of: 'lacking' | 'strays', held: Held): readonly Finding[] {
    const waiting = this.#waiting[store];
    if (waiting.isOverfull) return [held.finding];
    waiting[of].set(held.side.key, held);
    if (waiting[of].size <= pairingPolicy.mostLeftOver) return [];
    waiting.isOverfull = true;
    const all = [...waiting.lacking.values(), ...waiting.strays.values()].map(({ finding }) => finding);
    waiting.lacking.clear();
    waiting.strays.clear();
    return all;
  }

  /**
   * Everything that waited, pairs in place of their sides.
   * @param isEverything false: the run looked at a part alone. It cannot say that nothing else fits, so it makes no pairs, and those that stand it leaves.
   */
  take(database: ReadableDatabase, isEverything: boolean): Finding[] {
    const decisions = readPairDecisions(database);
    const standing = isEverything ? [] : listStandingPairs(database);
    return (['ledger', 'payment_history'] as const).flatMap((store) => {
      const { lacking, strays } = this.#waiting[store];
      const told = isEverything ? this.#pair(database, store, decisions) : this.#leaveStanding(store, standing.filter(({ finding }) => finding.store === store));
      return [...told, ...[...lacking.values(), ...strays.values()].map(({ finding }) => finding)];
    });
  }

  /** By what else than the stores it was decided what is one: people's words. The same for a run after a change as for one over everything. */
  get grounds(): { readonly linked: string[]; readonly refused: string[]; readonly setAside: string[] } {
    return { linked: this.#grounds.linked.toSorted(), refused: this.#grounds.refused.toSorted(), setAside: this.#grounds.setAside.toSorted() };
  }

  #pair(database: ReadableDatabase, store: PairedStore, decisions: ReturnType<typeof readPairDecisions>): Finding[] {
    const { lacking, strays } = this.#waiting[store];
    if (lacking.size === 0 || strays.size === 0) return [];
    const free = (sides: ReadonlyMap<string, Held>): PairSide[] => [...sides.values()].filter((held) => !this.#isSetAside(database, held)).map(({ side }) => side);
    const pairs = pairByAttributes(free(lacking), free(strays), { isDayOnly: store === 'ledger', ...decisions });
    this.#grounds.linked.push(...decisions.linked);
    this.#grounds.refused.push(...decisions.refused);
    return pairs.flatMap((pair) => this.#tellAsOne(store, pair));
  }

  /** Pairs of the last run over everything: with both sides here as they are now, with one as they stood. */
  #leaveStanding(store: PairedStore, standing: readonly StandingPair[]): Finding[] {
    const { lacking, strays } = this.#waiting[store];
    const told: Finding[] = [];
    for (const { lackingKey, strayKey, finding } of standing) {
      const [one, other] = [lacking.get(lackingKey), strays.get(strayKey)];
      if (one && other) told.push(...pairByAttributes([one.side], [other.side], { isDayOnly: store === 'ledger', linked: new Set([pairName(lackingKey, strayKey)]), refused: new Set() }).flatMap((pair) => this.#tellAsOne(store, pair)));
      else if (one || other) {
        told.push(finding);
        lacking.delete(lackingKey);
        strays.delete(strayKey);
      }
    }
    return told;
  }

  /** What a person ignored, posted, wrote off or linked at this amount stands by itself. */
  #isSetAside(database: ReadableDatabase, { finding }: Held): boolean {
    const id = discrepancyIdOf('transactions', finding);
    const known = findDiscrepancy(database, id);
    const isSetAside = known !== undefined && (known.status === 'ignored' || staysSettled(known, finding.amountMinor));
    if (isSetAside) this.#grounds.setAside.push(id);
    return isSetAside;
  }

  /** By the id of a difference that is told with its counterpart now: what its story says of that. */
  get toldAsOne(): ReadonlyMap<string, string> {
    return this.#toldAsOne;
  }

  #tellAsOne(store: PairedStore, pair: AttributePair): Finding[] {
    const { lacking, strays } = this.#waiting[store];
    const [one, other] = [lacking.get(pair.lacking.key), strays.get(pair.stray.key)];
    if (!one || !other) return [];
    const finding = pairedFinding(pair, one.finding, other.finding);
    for (const side of [one, other]) this.#toldAsOne.set(discrepancyIdOf('transactions', side.finding), `told as one with ${(side === one ? other : one).finding.objectId}: ${finding.reason}`);
    lacking.delete(pair.lacking.key);
    strays.delete(pair.stray.key);
    return [finding];
  }
}
