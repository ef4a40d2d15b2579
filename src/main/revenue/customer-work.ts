/** Works out the revenue of one customer after another, with what all of them share (prices, coupons, rates, the moment) read once. Reads only. */
import type { Clock } from '../../shared/calendar/clock.ts';
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { historiesOf } from './customer-histories.ts';
import { customerRevenue, stretchesUnder, type CustomerRevenue, type CustomerTerms } from './customer-revenue.ts';
import { createDayEnds } from './movement-terms.ts';
import { presetOf, type MrrPolicyName } from './mrr-policy.ts';
import { isInForceJustBefore, type MrrStretch } from './mrr-segments.ts';
import { createRateLookup } from './mrr-sources.ts';
import type { CouponTerms } from '../mirror/discounts.ts';
import { ownerOfSubscription, readCoupons, readCustomerSources, readPrices, readRates } from './revenue-sources.repository.ts';

export interface CustomerWorkDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly settings: () => { readonly functionalCurrency: string; readonly reportingTimeZone: string };
}

export interface WorkedOutCustomer extends CustomerRevenue {
  /** '' where none is known. */
  readonly country: string;
  /** Prices and coupons the customer's objects name and nobody knows. */
  readonly awaited: ReadonlySet<string>;
}

/** Of one moment: made anew for each run. */
export class CustomerWork {
  readonly nowAt: number;
  readonly zone: TimeZone;
  readonly functionalCurrency: string;
  readonly #readable: ReadableDatabase;
  readonly #terms: CustomerTerms;
  readonly #coupons: ReadonlyMap<string, CouponTerms>;
  readonly #unknown = new Set<string>();

  constructor({ readable, clock, settings }: CustomerWorkDependencies) {
    const { functionalCurrency, reportingTimeZone } = settings();
    this.nowAt = clock.now();
    this.zone = new TimeZone(reportingTimeZone);
    this.functionalCurrency = functionalCurrency;
    this.#readable = readable;
    this.#coupons = new Map(readCoupons(readable).map((coupon) => [coupon.id, coupon]));
    const prices = new Map(readPrices(readable).map((price) => [price.id, price]));
    const running = this.zone.monthOf(this.nowAt);
    this.#terms = {
      priceOf: (id) => this.#knownOr(id, prices.get(id)), rateOn: createRateLookup(readRates(readable, functionalCurrency)), zone: this.zone, functionalCurrency, nowAt: this.nowAt,
      runningMonthStartAt: this.zone.startOf(firstDayOf(running)), runningMonthEndsAt: this.zone.startOf(endOf(running)) - 1, dayEnds: createDayEnds(this.zone, this.nowAt),
    };
  }

  #knownOr<Found>(id: string, found: Found | undefined): Found | undefined {
    if (found === undefined) this.#unknown.add(id);
    return found;
  }

  /** @param database the handle to read the customer by: that of the transaction that keeps the result. */
  workOut(database: ReadableDatabase, customerId: string): WorkedOutCustomer {
    this.#unknown.clear();
    const { histories, subscriptions, endReasons, country } = this.#historiesOf(database, customerId);
    const revenue = customerRevenue(histories, subscriptions, { endReasonOf: (id) => endReasons.get(id) ?? null }, this.#terms);
    return { ...revenue, country, awaited: new Set(this.#unknown) };
  }

  /** The items of one customer in force at the end of a month (of the running one: now) under a policy, the largest first. */
  itemsInForce(customerId: string, month: Month, policy: MrrPolicyName): MrrStretch[] {
    const { histories } = this.#historiesOf(this.#readable, customerId);
    const moment = month >= this.zone.monthOf(this.nowAt) ? this.nowAt : this.zone.startOf(endOf(month));
    return stretchesUnder(presetOf(policy), histories, this.#terms)
      .flatMap(({ stretches }) => stretches.filter((stretch) => stretch.mrr !== 0 && isInForceJustBefore(stretch, moment)))
      .sort((a, b) => b.functionalMrr - a.functionalMrr || (a.subscriptionItemId < b.subscriptionItemId ? -1 : 1));
  }

  #historiesOf(database: ReadableDatabase, customerId: string): ReturnType<typeof historiesOf> & { readonly country: string } {
    const sources = readCustomerSources(database, customerId);
    const histories = historiesOf(customerId, sources, {
      coupons: (id) => this.#knownOr(id, this.#coupons.get(id)), priceOf: this.#terms.priceOf, zone: this.zone,
      isOfAnotherCustomer: (id) => ![undefined, customerId].includes(ownerOfSubscription(database, id)),
    });
    return { ...histories, country: sources.country };
  }
}
