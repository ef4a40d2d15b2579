import { createRevenueQueries, type RevenueQueriesDependencies } from '../reporting/revenue.queries.ts';
import { api } from './implementer.ts';

/** Managers read revenue: every role may. */
export function createRevenueHandlers(dependencies: RevenueQueriesDependencies) {
  const queries = createRevenueQueries(dependencies);
  return {
    mrrSeries: api.revenue.mrrSeries.handler(({ input }) => queries.mrrSeries(input)),
    overview: api.revenue.overview.handler(({ input }) => queries.overview(input)),
    breakdown: api.revenue.breakdown.handler(({ input }) => queries.breakdown(input)),
    presentment: api.revenue.presentment.handler(({ input }) => queries.presentment(input)),
    mrrItems: api.revenue.mrrItems.handler(({ input }) => queries.mrrItems(input)),
    why: api.revenue.why.handler(({ input }) => queries.why(input)),
  };
}
