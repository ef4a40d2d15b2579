import type { RatesOverview } from '../../shared/api/rates.contract.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { ExchangeRateImports } from '../ledger/exchange-rate-imports.ts';
import type { Uploads } from '../platform/uploads.ts';
import { listRates, readRatesOverview } from '../reporting/rates.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface RatesHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly imports: ExchangeRateImports;
  readonly uploads: Uploads;
  readonly hub: ChangeHub;
  /** What the daily job reads. */
  readonly ratesSource: { url(): string | null; set(url: string | null): void };
  functionalCurrency(): string;
}

export function createRatesHandlers({ readable, imports, uploads, hub, ratesSource, functionalCurrency }: RatesHandlersDependencies) {
  const overview = (): RatesOverview => readRatesOverview(readable, { owner: imports.isAllowed() ? 'desk' : 'shared-database', functionalCurrency: functionalCurrency(), sourceUrl: ratesSource.url() });
  return {
    overview: api.rates.overview.handler(() => overview()),
    list: api.rates.list.handler(({ input }) => listRates(readable, functionalCurrency(), input)),
    look: api.rates.look.handler(({ input, context, signal }) => {
      requireRole(context, 'finance');
      return imports.look({ url: input.url }, signal ?? new AbortController().signal);
    }),
    setSource: api.rates.setSource.handler(({ input, context }) => {
      requireRole(context, 'admin');
      return context.commands.once('rates.setSource', input, () => {
        imports.assertAllowed();
        if (input.url !== null) imports.assertAddress(input.url);
        ratesSource.set(input.url);
        for (const entity of ['rates', 'jobs'] as const) hub.publish({ entity, ids: [] });
        return overview();
      });
    }),
    // A file's text is not put into the command log: the same part again is recognised by its place.
    upload: api.rates.upload.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      imports.assertAllowed();
      return { bytes: uploads.append(input.uploadId, input.position, Buffer.from(input.text, 'utf8')) };
    }),
  };
}
