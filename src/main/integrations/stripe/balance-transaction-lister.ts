/**
 * Stripe's balance transactions listed afresh for a reconciliation. The parts of a split listing are fetched side by side, and the next page of
 * each part is under way while one is being compared.
 */
import type { GatewayObject, GatewaySource } from '../../intake/stripe-sync.ports.ts';
import type { GatewayBalance, GatewayBalanceTransactions, ListedBalanceTransaction, ListedPayout } from '../../reconciliation/gateway-balance-transactions.ts';
import { ProviderError } from '../../../shared/errors/errors.ts';
import { addMinorUnits } from '../../../shared/money/money.ts';
import { decimalTextIn } from './number-text.ts';

type Range = { readonly createdFrom: number | undefined; readonly createdTo: number | undefined };
interface LanePage {
  readonly lane: Lane;
  readonly transactions: readonly ListedBalanceTransaction[];
  readonly hasMore: boolean;
}

/** One part of the listing, from its newest transaction to its oldest. */
class Lane {
  readonly #source: Pick<GatewaySource, 'list'>;
  readonly #range: Range;
  readonly #signal: AbortSignal;
  #startingAfter: string | undefined;

  constructor(source: Pick<GatewaySource, 'list'>, range: Range, signal: AbortSignal) {
    this.#source = source;
    this.#range = range;
    this.#signal = signal;
  }

  async nextPage(): Promise<LanePage> {
    const { createdFrom, createdTo } = this.#range;
    const page = await this.#source.list(
      'balance_transactions',
      {
        // Stripe counts in whole seconds: a bound inside a second belongs to the next one.
        ...(createdFrom === undefined ? {} : { createdFrom: Math.ceil(createdFrom / 1000) }),
        ...(createdTo === undefined ? {} : { createdBefore: Math.ceil(createdTo / 1000) }),
        ...(this.#startingAfter === undefined ? {} : { startingAfter: this.#startingAfter }),
      },
      this.#signal,
    );
    this.#startingAfter = page.objects.at(-1)?.id;
    return { lane: this, transactions: page.objects.map(toListed), hasMore: page.hasMore && this.#startingAfter !== undefined };
  }
}

type ListedSource = Pick<GatewaySource, 'list' | 'get'> & { balances(signal: AbortSignal): Promise<readonly GatewayBalance[]> };

export function createBalanceTransactionLister(source: ListedSource): GatewayBalanceTransactions {
  return {
    async *list({ createdFrom, createdTo, splitAt = [], signal }) {
      const bounds = [createdFrom, ...splitAt.filter((at) => (createdFrom === undefined || at > createdFrom) && (createdTo === undefined || at < createdTo)).toSorted((a, b) => a - b), createdTo];
      const underWay = new Map<Lane, Promise<LanePage>>();
      const fetchNext = (lane: Lane): void => {
        const page = lane.nextPage();
        page.catch(() => undefined); // awaited below; a reader that stops early leaves it alone
        underWay.set(lane, page);
      };
      for (let index = 0; index + 1 < bounds.length; index += 1) fetchNext(new Lane(source, { createdFrom: bounds[index], createdTo: bounds[index + 1] }, signal));
      while (underWay.size > 0) {
        const { lane, transactions, hasMore } = await Promise.race(underWay.values());
        underWay.delete(lane);
        if (hasMore) fetchNext(lane);
        yield transactions;
      }
    },
    async *listPayouts({ createdFrom, createdTo, signal }) {
      const bounds = { ...(createdFrom === undefined ? {} : { createdFrom: Math.ceil(createdFrom / 1000) }), ...(createdTo === undefined ? {} : { createdBefore: Math.ceil(createdTo / 1000) }) };
      for (let startingAfter: string | undefined; ; ) {
        const page = await source.list('payouts', { ...bounds, ...(startingAfter === undefined ? {} : { startingAfter }) }, signal);
        yield page.objects.filter(({ value }) => value['status'] !== 'failed' && value['status'] !== 'canceled').map(toPayout);
        startingAfter = page.objects.at(-1)?.id;
        if (!page.hasMore || startingAfter === undefined) return;
      }
    },
    async sumOfPayout(payout, signal) {
      const transactionIds: string[] = [];
      let netMinor = 0;
      for (let startingAfter: string | undefined; ; ) {
        const page = await source.list('balance_transactions', { filters: { payout: payout.id }, ...(startingAfter === undefined ? {} : { startingAfter }) }, signal);
        for (const transaction of page.objects.map(toListed)) {
          if (transaction.id === payout.balanceTransactionId) continue;
          transactionIds.push(transaction.id);
          netMinor = addMinorUnits(netMinor, transaction.amountMinor, -transaction.feeMinor);
        }
        startingAfter = page.objects.at(-1)?.id;
        if (!page.hasMore || startingAfter === undefined) return { transactionIds, netMinor };
      }
    },
    balances: (signal) => source.balances(signal),
    exists: async (id, signal) => (await source.get('balance_transactions', id, signal)) !== undefined,
    textOf: async (id, signal) => (await source.get('balance_transactions', id, signal))?.text,
  };
}

/** @throws ProviderError `stripe-answer-unreadable` when a field that money depends on is missing. */
function toListed({ id, text, value }: GatewayObject): ListedBalanceTransaction {
  const { type, reporting_category: reportingCategory, source, amount, fee, currency, created } = value;
  if (typeof type !== 'string' || typeof currency !== 'string' || !isWhole(amount) || !isWhole(fee) || !isWhole(created)) {
    throw new ProviderError('stripe-answer-unreadable', `Stripe's balance transaction ${id} could not be read.`, { provider: 'stripe', isRetryable: false, data: { id }, nextStep: 'Look at it in Stripe’s dashboard, then run the reconciliation again.' });
  }
  return { id, type, reportingCategory: typeof reportingCategory === 'string' ? reportingCategory : type, sourceId: idOf(source), amountMinor: amount, feeMinor: fee, currency, exchangeRate: decimalTextIn(text, value, 'exchange_rate'), createdAt: created * 1000, availableAt: isWhole(value['available_on']) ? value['available_on'] * 1000 : null };
}

function toPayout({ id, value }: GatewayObject): ListedPayout {
  const { amount, currency, created } = value;
  if (typeof currency !== 'string' || !isWhole(amount) || !isWhole(created)) {
    throw new ProviderError('stripe-answer-unreadable', `Stripe's payout ${id} could not be read.`, { provider: 'stripe', isRetryable: false, data: { id }, nextStep: 'Look at it in Stripe’s dashboard, then run the reconciliation again.' });
  }
  return {
    id, amountMinor: amount, currency, balanceTransactionId: idOf(value['balance_transaction']), status: typeof value['status'] === 'string' ? value['status'] : 'paid', method: value['method'] === 'instant' ? 'instant' : 'standard', arrivesAt: isWhole(value['arrival_date']) ? value['arrival_date'] * 1000 : null,
    isAutomatic: value['automatic'] !== false, isListWhole: (value['reconciliation_status'] ?? 'completed') === 'completed', createdAt: created * 1000,
  };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function idOf(reference: unknown): string | null {
  if (typeof reference === 'string') return reference;
  return typeof reference === 'object' && reference !== null && 'id' in reference && typeof reference.id === 'string' ? reference.id : null;
}
