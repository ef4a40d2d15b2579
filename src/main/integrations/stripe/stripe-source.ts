/**
 * Stripe as a gateway source: pages of objects, with patience for what passes (429, 5xx, dropped connections) and a clear word for what does not.
 */
import type { GatewayAccount, GatewayList, GatewayObject, GatewayPage, GatewaySource, ListQuery } from '../../intake/stripe-sync.ports.ts';
import type { GatewayBalance } from '../../reconciliation/gateway-balance-transactions.ts';
import { ProviderError } from '../../../shared/errors/errors.ts';
import { readBalances } from './stripe-balance.ts';
import { createListTrails } from './list-trails.ts';
import { sliceListPage } from './json-slices.ts';
import { pacerForMode, pause, unpaced, type Allowance, type Pause } from './request-pacing.ts';
import { createStripeReader, type StripeClientOptions } from './stripe-client.ts';
import { kindOfFailure, limitReached, retryAfterMs, toHouseError, wasAnswered } from './stripe-errors.ts';

export interface StripeSourceOptions extends StripeClientOptions {
  /** 'stripe': Stripe's limits by the key's mode; 'none': for a sandbox whose own limiter is off. */
  readonly limiter?: 'stripe' | 'none';
  /** The share of the limits left to others, 0 to below 1, asked at each request; half by default. */
  readonly headroomShare?: () => number;
  /** This reader's part of them, where others read from the account at the same time; all when absent. */
  readonly allowance?: Allowance;
  /** Epoch milliseconds: when a request was asked. */
  readonly now: () => number;
  /** Puts those moments right by the date of Stripe's answers; not where the clock is made up, as in the demo. */
  readonly followsGatewayClock?: boolean;
  readonly steadyNowMs?: () => number;
  readonly pause?: Pause;
  /** How often a request is asked before giving up. */
  readonly maximumAttempts?: number;
}

/** Whoever asks for a longer pause is told to the person instead: a job that waits for hours looks like one that hangs. */
const longestWaitMs = 5 * 60_000;

/** Three requests, a second in all: an address where nobody is, a machine without a network. */
const attemptsWithoutAnswer = 3;

const pathOf: Readonly<Record<GatewayList | 'events', string>> = {
  coupons: 'coupons', tax_rates: 'tax_rates', products: 'products', prices: 'prices', customers: 'customers', subscriptions: 'subscriptions', invoices: 'invoices', invoice_payments: 'invoice_payments', invoiceitems: 'invoiceitems',
  payment_intents: 'payment_intents', charges: 'charges', refunds: 'refunds', disputes: 'disputes', payouts: 'payouts', credit_notes: 'credit_notes', checkout_sessions: 'checkout/sessions',
  balance_transactions: 'balance_transactions', events: 'events',
};

/** What is asked for beside the bare objects: discounts, so that forever coupons are known on lines and subscriptions. Stripe expands four levels. */
const expansionsOfObject: Partial<Record<GatewayList | 'events', readonly string[]>> = {
  invoices: ['discounts.source.coupon', 'lines.data.discounts'],
  subscriptions: ['discounts.source.coupon', 'items.data.discounts'],
};

const fixedFilters: Partial<Record<GatewayList | 'events', Readonly<Record<string, string>>>> = { subscriptions: { status: 'all' } };

function readObject(text: string): GatewayObject {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') throw new SyntaxError('An object without an id came.');
  return { id: value.id, object: 'object' in value && typeof value.object === 'string' ? value.object : '', text, value: value as Record<string, unknown> };
}

/** @throws SyntaxError when the text is not a whole list of objects. */
export function readListPage(text: string): Omit<GatewayPage, 'observedAt'> {
  const { elements, hasMore } = sliceListPage(text);
  return { objects: elements.map(readObject), hasMore };
}

/**
 * The page behind an object. One that holds that object again, or promises more and shows nothing, would be asked for without end.
 * @throws SyntaxError as {@link readListPage}, and for such a page.
 */
function readPageAfter(text: string, startingAfter: string | undefined): Omit<GatewayPage, 'observedAt'> {
  const page = readListPage(text);
  if (startingAfter !== undefined && page.objects.some(({ id }) => id === startingAfter)) throw new SyntaxError('The page holds the object it was to begin after.');
  if (page.hasMore && page.objects.length === 0) throw new SyntaxError('An empty page promises more.');
  return page;
}

/** Stops waiting when the signal is aborted: a request that hangs does not hold up a cancel or the end of the app. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function listPath(list: GatewayList | 'events', query: ListQuery): string {
  const parameters = new URLSearchParams({ limit: String(query.limit ?? 100), ...fixedFilters[list], ...query.filters });
  if (query.startingAfter !== undefined) parameters.set('starting_after', query.startingAfter);
  if (query.createdFrom !== undefined) parameters.set('created[gte]', String(query.createdFrom));
  if (query.createdBefore !== undefined) parameters.set('created[lt]', String(query.createdBefore));
  for (const expansion of expansionsOfObject[list] ?? []) parameters.append('expand[]', `data.${expansion}`);
  return `/v1/${pathOf[list]}?${parameters.toString()}`;
}

/** The gateway the intake reads, and Stripe's own word on its balance for a reconciliation. */
export interface StripeSource extends GatewaySource {
  balances(signal: AbortSignal): Promise<readonly GatewayBalance[]>;
}

/** @throws PermissionError `stripe-key-missing`, `stripe-key-invalid`; ValidationError `stripe-base-invalid`. Nothing is sent yet. */
export function createStripeSource(options: StripeSourceOptions): StripeSource {
  const reader = createStripeReader(options);
  const pauseFor = options.pause ?? pause;
  const steadyNowMs = options.steadyNowMs ?? (() => performance.now());
  const pacer = options.limiter === 'none' ? unpaced : pacerForMode(reader.mode, options.headroomShare ?? (() => 0.5), steadyNowMs, options.allowance);
  const maximumAttempts = options.maximumAttempts ?? 7;
  let hasAnswered = false;
  /** Work that was under way waits for a line that comes back; whoever was never answered by anybody is told soon. */
  const attemptsAllowed = (): number => (hasAnswered ? maximumAttempts : Math.min(maximumAttempts, attemptsWithoutAnswer));

  /**
   * When a request was asked, by the gateway's clock as its answer tells it. A machine whose clock was put back meanwhile says it was asked later than it says it is now: then it was asked as long
   * ago as a clock that nobody sets has counted. That one may stand still while the machine sleeps, so the earlier of the two counts: a state is never taken for younger than it is.
   */
  function askedAtGateway({ at, steadyMs }: { readonly at: number; readonly steadyMs: number }): number {
    return options.followsGatewayClock ? Math.min(at, Math.floor(options.now() - (steadyNowMs() - steadyMs))) + reader.aheadMs() : at;
  }

  /** Asks until there is an answer that can be read; the waits double from a quarter of a second, or are what Stripe says. */
  async function ask<Result>(path: string, subject: string, signal: AbortSignal, read: (text: string) => Result): Promise<Result & { readonly observedAt: number }> {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      await pacer.take(subject, signal);
      const asked = { at: options.now(), steadyMs: steadyNowMs() };
      try {
        const text = await untilAborted(reader.read(path), signal);
        hasAnswered = true;
        const observedAt = askedAtGateway(asked);
        return { ...read(text), observedAt };
      } catch (error) {
        signal.throwIfAborted();
        const waitMs = retryAfterMs(error) ?? 250 * 2 ** (attempt - 1);
        const kind = kindOfFailure(error);
        hasAnswered ||= wasAnswered(error);
        if (kind === 'rate-limited') pacer.giveWay(limitReached(error), subject, Math.min(waitMs, longestWaitMs));
        if (kind === 'final' || attempt >= attemptsAllowed() || waitMs > longestWaitMs) throw toHouseError(error, subject, options.apiBase);
        await pauseFor(waitMs, signal);
      }
    }
  }

  const trails = createListTrails();

  const page = (path: string, subject: string, startingAfter: string | undefined, signal: AbortSignal): Promise<GatewayPage> =>
    ask(path, subject, signal, (text) => {
      const found = readPageAfter(text, startingAfter);
      trails.follow(path.replace(/[?&]starting_after=[^&]*/, ''), startingAfter, found);
      return found;
    });

  return {
    mode: reader.mode,
    async account(signal): Promise<GatewayAccount> {
      const object = await ask('/v1/account', 'the account', signal, readObject);
      const { value } = object;
      if (typeof value['default_currency'] !== 'string') throw new ProviderError('stripe-answer-unreadable', "Stripe's answer about the account could not be read.", { provider: 'stripe', isRetryable: false, nextStep: 'Check in Settings that the address is Stripe’s own, then try again.' });
      return { id: object.id, name: nameOfAccount(value), defaultCurrency: value['default_currency'], mode: reader.mode, createdAt: typeof value['created'] === 'number' ? value['created'] : null, observedAt: object.observedAt, object };
    },
    async balances(signal) {
      return (await ask('/v1/balance', 'the balance', signal, readBalances)).balances;
    },
    list: (list, query, signal) => page(listPath(list, query), list, query.startingAfter, signal),
    async get(list, id, signal) {
      if (!isAskable(id)) return undefined;
      const parameters = new URLSearchParams();
      for (const expansion of expansionsOfObject[list] ?? []) parameters.append('expand[]', expansion);
      const query = parameters.size > 0 ? `?${parameters.toString()}` : '';
      try {
        return await ask(`/v1/${pathOf[list]}/${encodeURIComponent(id)}${query}`, list, signal, readObject);
      } catch (error) {
        if (error instanceof ProviderError && error.data['status'] === 404) return undefined;
        throw error;
      }
    },
    invoiceLines: (invoiceId, startingAfter, signal) => page(linesPath(invoiceId, startingAfter), 'invoices', startingAfter, signal),
    customerBalance: (customerId, startingAfter, signal) => page(balancePath(customerId, startingAfter), 'customers', startingAfter, signal),
    subscriptionItems: (subscriptionId, startingAfter, signal) => page(itemsPath(subscriptionId, startingAfter), 'subscriptions', startingAfter, signal),
  };
}

/**
 * Whether an id can be put into an address: what came through the shared inbox may name anything. Stripe's ids have at most 255 signs; those of coupons and
 * products are chosen by people. An empty one would ask for the list, half a surrogate pair cannot be asked for at all.
 */
function isAskable(id: string): boolean {
  return id.length > 0 && id.length <= 255 && id !== '.' && id !== '..' && id.isWellFormed() && !/\p{Cc}/u.test(id);
}

function linesPath(invoiceId: string, startingAfter: string | undefined): string {
  const parameters = new URLSearchParams({ limit: '100', 'expand[]': 'data.discounts' });
  if (startingAfter !== undefined) parameters.set('starting_after', startingAfter);
  return `/v1/invoices/${encodeURIComponent(invoiceId)}/lines?${parameters.toString()}`;
}

function balancePath(customerId: string, startingAfter: string | undefined): string {
  const parameters = new URLSearchParams({ limit: '100' });
  if (startingAfter !== undefined) parameters.set('starting_after', startingAfter);
  return `/v1/customers/${encodeURIComponent(customerId)}/balance_transactions?${parameters.toString()}`;
}

function itemsPath(subscriptionId: string, startingAfter: string | undefined): string {
  const parameters = new URLSearchParams({ limit: '100', subscription: subscriptionId, 'expand[]': 'data.discounts' });
  if (startingAfter !== undefined) parameters.set('starting_after', startingAfter);
  return `/v1/subscription_items?${parameters.toString()}`;
}

function nameOfAccount(value: Readonly<Record<string, unknown>>): string | null {
  const profile = value['business_profile'];
  const profileName = typeof profile === 'object' && profile !== null && 'name' in profile ? profile.name : null;
  if (typeof profileName === 'string') return profileName;
  return typeof value['display_name'] === 'string' ? value['display_name'] : null;
}
