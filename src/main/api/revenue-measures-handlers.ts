import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { explainMeasure } from '../reporting/measure-why.ts';
import { readDeferredMonths } from '../reporting/recognition.queries.ts';
import { readKnownAt } from '../reporting/revenue-known-at.queries.ts';
import { readCustomerWindow, readMovementWindow, readPolicyDifferences } from '../reporting/revenue-lists.queries.ts';
import { createRevenueMeasures } from '../reporting/revenue-measures.queries.ts';
import { createRevenueViews, type RevenueViewsDependencies } from '../reporting/revenue-view.ts';
import { readStripeFreshness } from '../reporting/status.queries.ts';
import { CustomerWork } from '../revenue/customer-work.ts';
import { recognitionByDay } from '../revenue/recognition-by-day.ts';
import { presetOf } from '../revenue/mrr-policy.ts';
import { api } from './implementer.ts';

const byAmount = { column: 'amount', direction: 'descending' } as const;

function textOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** Managers read revenue: every role may. */
export function createRevenueMeasuresHandlers(dependencies: RevenueViewsDependencies) {
  const { readable, clock, settings } = dependencies;
  const views = createRevenueViews(dependencies);
  const measures = createRevenueMeasures(dependencies);
  const procedures = api.revenueMeasures;
  return {
    choices: procedures.choices.handler(() => measures.choices()),
    overview: procedures.overview.handler(({ input }) => measures.overview(input)),
    monthly: procedures.monthly.handler(({ input }) => measures.monthly(input)),
    breakdown: procedures.breakdown.handler(({ input }) => measures.breakdown(input)),
    cohorts: procedures.cohorts.handler(({ input }) => measures.cohorts(input)),
    policies: procedures.policies.handler(({ input }) => measures.policies(input)),
    policyDifferences: procedures.policyDifferences.handler(({ input }) => {
      const currency = views.functionalCurrency();
      const { rows, total, byDiscounts, byPastDue } = readPolicyDifferences(readable, views.month(input.filter?.month), { startAt: input.startAt, limit: input.limit }, currency);
      return { rows, total, sums: [{ amount: byDiscounts, currency }, { amount: byPastDue, currency }] };
    }),
    customers: procedures.customers.handler(({ input }) => {
      const view = views.view(input.filter ?? { policy: 'standard' });
      const { rows, total, sumMinor } = readCustomerWindow(readable, view, views.month(input.filter?.month), { startAt: input.startAt, limit: input.limit, sort: input.sort ?? byAmount, text: textOf(input.filter?.text) }, views.zone());
      return { rows, total, sums: [{ amount: sumMinor, currency: view.currency }] };
    }),
    customerItems: procedures.customerItems.handler(({ input }) => {
      const month = views.month(input.month);
      const functionalCurrency = views.functionalCurrency();
      const items = new CustomerWork(dependencies).itemsInForce(input.customerId, month, input.policy).map((item) => ({
        subscriptionItemId: item.subscriptionItemId, subscriptionId: item.subscriptionId, priceId: item.priceId, quantity: item.quantity, native: { amount: item.mrr, currency: item.currency },
        functional: { amount: item.functionalMrr, currency: functionalCurrency }, rate: item.rate, invoiceId: item.invoiceId, invoiceLineId: item.invoiceLineId, explanation: item.explanation,
      }));
      return { month, items, total: { amount: items.reduce((sum, { functional }) => sum + functional.amount, 0), currency: functionalCurrency } };
    }),
    movements: procedures.movements.handler(({ input }) => {
      const view = views.view(input.filter ?? { policy: 'standard' });
      const filter = { kind: input.filter?.kind ?? null, customerId: input.filter?.customerId ?? null };
      const { rows, total, sumMinor } = readMovementWindow(readable, view, views.range(input.filter ?? {}, 1), filter, { startAt: input.startAt, limit: input.limit, sort: input.sort ?? byAmount, text: textOf(input.filter?.text) });
      return { rows, total, sums: [{ amount: sumMinor, currency: view.currency }] };
    }),
    knownAt: procedures.knownAt.handler(({ input }) => readKnownAt(readable, { month: views.month(input.month), knownAt: input.knownAt, preset: presetOf(input.policy), functionalCurrency: views.functionalCurrency(), asOf: views.asOf() }, clock.now())),
    recognition: procedures.recognition.handler(({ input }) => ({ asOf: clock.now(), months: readDeferredMonths(readable, views.range(input, 12)) })),
    recognitionDays: procedures.recognitionDays.handler(({ input }) => {
      const month = views.month(input.month);
      const { days, waterfall, lines } = recognitionByDay({ readable, settings, timeZone: new TimeZone(settings().reportingTimeZone) }, month);
      return { month, days: [...days], waterfall: [...waterfall], lines };
    }),
    why: procedures.why.handler(({ input }) => {
      const period = views.range(input, 1);
      const view = views.view(input);
      const { data, caveats } = measures.dataFor(input, period);
      let work: CustomerWork | undefined; // only where items are named: it reads all rates and prices
      return explainMeasure({
        readable, figure: input.figure, period, view, data, caveats, zone: views.zone(), functionalCurrency: views.functionalCurrency(), asOf: views.asOf(), cashAsOf: readStripeFreshness(readable) ?? clock.now(), isRunning: period.to === views.runningMonth(),
        itemsOf: (customerId) => (work ??= new CustomerWork(dependencies)).itemsInForce(customerId, period.to, input.policy),
      });
    }),
  };
}
