/**
 * Standard rates of tax with the days from which they hold: data, in resources/tax-rates.json, each with its source.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { localDate } from '../../shared/calendar/local-date.ts';
import { resourcePath } from '../platform/resources.ts';
import type { TaxRate } from './tax-rules.ts';

const rateSchema = z.object({ jurisdiction: z.string().regex(/^[A-Z]{2}(-[A-Z]{2})?$/), name: z.string().min(1), from: z.string().transform(localDate), basisPoints: z.number().int().min(0).max(10_000), source: z.string().min(1) });

let shipped: readonly TaxRate[] | undefined;

/** As shipped, each jurisdiction's in the order of their days. */
export function taxRates(): readonly TaxRate[] {
  shipped ??= z.array(rateSchema).parse(JSON.parse(readFileSync(resourcePath('tax-rates.json'), 'utf8')));
  return shipped;
}
