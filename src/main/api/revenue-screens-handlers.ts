import { addMonths, localDate, type Month } from '../../shared/calendar/local-date.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { earnedInvoices } from '../revenue/recognition-by-day.ts';
import { readCohortCustomers } from '../reporting/cohort-customers.queries.ts';
import { readEarnedWindow } from '../reporting/earned-invoices.queries.ts';
import { readDeferredMonths } from '../reporting/recognition.queries.ts';
import { createRevenueMeasures } from '../reporting/revenue-measures.queries.ts';
import { createRevenueViews, type RevenueViewsDependencies } from '../reporting/revenue-view.ts';
import { explainCohort, explainDeferred, explainEarned, explainShare } from '../reporting/screen-why.ts';
import { api } from './implementer.ts';

const byAmount = { column: 'amount', direction: 'descending' } as const;

/** Managers read revenue: every role may. */
export function createRevenueScreensHandlers(dependencies: RevenueViewsDependencies) {
  const { readable, clock, settings } = dependencies;
  const views = createRevenueViews(dependencies);
  const measures = createRevenueMeasures(dependencies);
  const procedures = api.revenueScreens;

  function earnedAt({ month, currency, day, later }: { month: string; currency: string; day?: string | undefined; later?: string | undefined }): ReturnType<typeof earnedInvoices> {
    if ((day === undefined) === (later === undefined)) throw new ValidationError('earned-point-unclear', 'Name either a day of the month or a later month.', { nextStep: 'Pick one bar of the chart.' });
    return earnedInvoices({ readable, settings, timeZone: views.zone() }, views.month(month), currency, day === undefined ? { later: later as Month } : { day: localDate(day) });
  }

  return {
    cohortCustomers: procedures.cohortCustomers.handler(({ input }) => {
      const { startAt, limit, sort, filter } = input;
      const view = views.view({ policy: filter?.policy ?? 'standard', currency: filter?.currency });
      const { rows, total, sumMinor } = readCohortCustomers(readable, view, { cohort: views.month(filter?.cohort), month: views.month(filter?.month), text: filter?.text?.trim() || null, sort: sort ?? byAmount, startAt, limit });
      return { rows, total, sums: [{ amount: sumMinor, currency: view.currency }] };
    }),
    earnedInvoices: procedures.earnedInvoices.handler(({ input }) => {
      const { startAt, limit, sort, filter } = input;
      const currency = filter?.currency ?? views.functionalCurrency();
      const earned = filter ? earnedAt(filter) : [];
      const { rows, total, sumMinor } = readEarnedWindow(readable, earned, currency, { startAt, limit, sort: sort ?? byAmount, text: filter?.text?.trim() || null });
      return { rows, total, sums: [{ amount: sumMinor, currency }] };
    }),
    why: procedures.why.handler(({ input }) => {
      switch (input.of) {
        case 'share':
          return explainShare(input, measures);
        case 'cohort': {
          const month = addMonths(views.month(input.cohort), input.offset);
          const customers = month > views.runningMonth() ? [] : readCohortCustomers(readable, views.view(input), { cohort: views.month(input.cohort), month, text: null, sort: byAmount, startAt: 0, limit: 12 }).rows;
          return explainCohort(input, measures, customers);
        }
        case 'deferred': {
          const month = views.month(input.month);
          return explainDeferred(input, readDeferredMonths(readable, { from: month, to: month }), clock.now());
        }
        case 'earned': {
          const earned = earnedAt(input);
          const { rows } = readEarnedWindow(readable, earned, input.currency, { startAt: 0, limit: earned.length, sort: byAmount, text: null });
          const numbers = new Map(rows.map((row) => [row.invoiceId, row.number]));
          return explainEarned(input, earned, (id) => numbers.get(id) ?? null, clock.now());
        }
      }
    }),
  };
}
