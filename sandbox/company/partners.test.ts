import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { createCompany } from './company.ts';

const company = createCompany({ size: 'small', seed: 1 });
const { partners, usage, invoices } = company.partnerBook;

function localMonth(seconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO('America/New_York').toPlainDate().toString().slice(0, 7);
}

function used(prefix: string, meter: string, month: string): number {
  return usage
    .filter((row) => row.prefix === prefix && row.meter === meter && localMonth(row.occurredAt) === month)
    .reduce((sum, row) => sum + row.quantity, 0);
}

function invoiceOf(prefix: string, month: string): (typeof invoices)[number] | undefined {
  return invoices.find((invoice) => invoice.apiKeyPrefix === prefix && invoice.month === month);
}

describe('the six API partners', () => {
  it('cover the four models, two currencies and the taxed one of 1,477.11', () => {
    expect(new Set(partners.map((partner) => partner.model))).toEqual(new Set(['flat', 'per_deed', 'hybrid', 'per_request']));
    expect(partners).toHaveLength(6);
    expect(new Set(partners.map((partner) => partner.currency))).toEqual(new Set(['usd', 'eur']));
    expect(invoiceOf('dp_pk_AGR', '2026-10')).toMatchObject({ subtotalMinor: 139_350, taxMinor: 29_264, totalMinor: 168_614, withholdingMinor: 20_903, dueMinor: 147_711 });
  });

  it('are billed for the units their usage rows hold in the month of New York', () => {
    for (const invoice of invoices) {
      const meter = invoice.pricingModel === 'per_request' ? 'requests' : 'deeds';
      expect([invoice.invoiceNumber, invoice.units]).toEqual([invoice.invoiceNumber, invoice.pricingModel === 'flat' ? 0 : used(invoice.apiKeyPrefix, meter, invoice.month)]);
    }
    expect(company.manifest.partnerInvoices).toHaveLength(6);
    expect(company.manifest.earlierPartnerInvoices).toHaveLength(34 * 6);
  });

  it('meet the borders of the blocks of 1,000 exactly', () => {
    const blocksAt = (month: string): number => (invoiceOf('dp_pk_TSG', month)?.subtotalMinor ?? -1) / 150;
    expect(['2024-01', '2024-02', '2024-05', '2024-03', '2024-04'].map(blocksAt)).toEqual([0, 1, 1, 1, 2]);
    expect(invoiceOf('dp_pk_PGD', '2026-10')).toMatchObject({ units: 61_001, subtotalMinor: 14_725 });
  });

  it('use the API in the first and the last second of a month', () => {
    const october = Temporal.ZonedDateTime.from('2026-10-01T00:00:00[America/New_York]').epochMilliseconds / 1000;
    const november = Temporal.ZonedDateTime.from('2026-11-01T00:00:00[America/New_York]').epochMilliseconds / 1000;
    for (const partner of partners) {
      const moments = new Set(usage.filter((row) => row.prefix === partner.prefix).map((row) => row.occurredAt));
      expect([october - 1, october, november - 1, november].every((moment) => moments.has(moment))).toBe(true);
    }
  });

  it('have a key of its own for every row', () => {
    expect(new Set(usage.map((row) => row.key)).size).toBe(usage.length);
  });
});
