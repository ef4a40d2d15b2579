/**
 * The same integers everywhere: random invoices, written line by line and finalised, as the screen is told of them, as the page says them, as the CSV has them and as the electronic invoice states them.
 * Few in `npm test`, 500 with DAYBOOK_LONG; `DAYBOOK_SEED` repeats a run.
 */
import { createRouterClient } from '@orpc/server';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { formatAmount } from '../../shared/money/format.ts';
import { shareOf, type LineTax } from '../../shared/invoicing/invoice-totals.ts';
import { fromDecimalString } from '../../shared/money/money.ts';
import { createChangeHub } from '../api/change-hub.ts';
import { createInvoicesHandlers } from '../api/invoices-handlers.ts';
import { createInvoicesReadingHandlers } from '../api/invoices-reading-handlers.ts';
import { createCommandLog } from '../database/command-log.ts';
import { wordsOf } from '../documents/document-words.ts';
import { checkEInvoice } from '../documents/einvoice/einvoice-checker.ts';
import { readEInvoice } from '../documents/einvoice/einvoice-reader.ts';
import { createInvoiceDocuments, type InvoiceDocuments } from '../documents/invoice-documents.ts';
import { createPdfRenderer } from '../documents/pdf-renderer.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { openBillingDesk, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { insertExchangeRate } from '../testing/billing-fixtures.ts';

const count = process.env['DAYBOOK_LONG'] ? 500 : 12;
const seed = Number(process.env['DAYBOOK_SEED'] ?? 7);
const clock = fixedClock(Date.parse(testNow));
const timeZone = new TimeZone('America/New_York');
const amara = { actor: 'amara' };
const renderer = createPdfRenderer();
let desk: BillingDesk;
let documents: InvoiceDocuments;

beforeAll(() => {
  desk = openBillingDesk({ contracts: [], documents: ({ database, folder }) => (documents = createInvoiceDocuments({ dataFolder: folder, readable: database, unitOfWork: database.unitOfWork, renderer, clock })) });
  for (const currency of ['gbp', 'jpy', 'kwd']) insertExchangeRate(desk.database, currency, 'usd', '2026-11-13', '1.25');
  desk.templates.save({ ...desk.templates.read(), company: { ...desk.templates.read().company, legalName: 'Meridian GmbH', postal: { line1: 'Kanalstraße 7', line2: null, city: 'Bremen', postcode: '28195', region: null, country: 'DE' }, vatId: 'DE123456789' } }, amara);
});
afterAll(() => {
  desk[Symbol.dispose]();
  renderer.close();
});

const rate = fc.constantFrom(0, 700, 1_900, 2_100, 750).map((basisPoints): LineTax => ({ treatment: 'standard', basisPoints }));
const lineTax = fc.oneof({ arbitrary: rate, weight: 4 }, { arbitrary: fc.constantFrom<LineTax>({ treatment: 'exempt', basisPoints: 0 }, { treatment: 'reverse-charge', basisPoints: 0 }), weight: 1 });
const line = fc.record({
  description: fc.constantFrom('Onboarding', 'Travel & subsistence', 'Deeds “as is”', 'Überprüfung', '<b>#1</b>'), quantity: fc.integer({ min: 1, max: 9_999 }), cents: fc.integer({ min: 1, max: 500_000 }), isAmount: fc.boolean(),
  discount: fc.option(fc.oneof(fc.record({ kind: fc.constant('percentage' as const), basisPoints: fc.integer({ min: 1, max: 5_000 }) })), { nil: null, freq: 3 }), tax: fc.option(lineTax, { nil: null, freq: 2 }),
});
const wish = fc.record({
  currency: fc.constantFrom('eur', 'usd', 'gbp', 'jpy', 'kwd'), lines: fc.array(line, { minLength: 1, maxLength: 9 }), discount: fc.option(fc.record({ kind: fc.constant('percentage' as const), basisPoints: fc.integer({ min: 1, max: 3_000 }) }), { nil: null, freq: 2 }),
  tax: lineTax, taxRounding: fc.constantFrom('per-invoice' as const, 'per-line' as const), withholdingBasisPoints: fc.constantFrom(0, 0, 1_000, 1_500),
});
type Wish = typeof wish extends fc.Arbitrary<infer Value> ? Value : never;

async function makeInvoice({ currency, lines, discount, tax, taxRounding, withholdingBasisPoints }: Wish) {
  const customer = { kind: 'typed', name: 'Harbour Notaries', legalName: 'Harbour Notaries Ltd', address: ['Hofplein 20', '3032 AC Rotterdam', 'Netherlands'], country: 'NL', email: 'pay@harbour.example', taxNumber: 'NL852014107B01' } as const;
  const { invoice } = await desk.drafts.createOneOff({ id: newId(), customer, currency, paymentTermsDays: 30 }, amara);
  await desk.drafts.edit(invoice.id, invoice.version, [
    { kind: 'set-tax', tax, exemptionReason: tax.treatment === 'exempt' ? 'Art. 44 WBTV' : null, taxRounding, withholdingBasisPoints, reason: 'As the customer is taxed' },
    ...lines.map(({ description, quantity, cents, isAmount, discount: ofLine, tax: own }) => ({ kind: 'add-line' as const, lineId: newId(), description, quantity: isAmount ? null : String(quantity), unitPrice: isAmount ? null : `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`, amountMinor: isAmount ? cents : null, discount: ofLine, tax: own, beforeLineId: null })),
    ...(discount ? [{ kind: 'set-discount' as const, discount, reason: 'Agreed' }] : []),
  ], amara);
  return desk.invoicing.finalise(invoice.id, amara);
}

/** The code of the category (BT-151) and the rate in basis points, as the standard has them. */
const rateInXml = ({ treatment, basisPoints }: LineTax): [string, number] => {
  if (treatment === 'standard') return [basisPoints === 0 ? 'Z' : 'S', basisPoints];
  return [treatment === 'exempt' ? 'E' : 'AE', 0];
};

function sumsByRate(amounts: readonly (readonly [string, number])[]): Record<string, number> {
  const sums = [...Map.groupBy(amounts, ([key]) => key)].map(([key, alike]) => [key, alike.reduce((total, [, amount]) => total + amount, 0)] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum !== 0));
}

async function read(bytes: Uint8Array): Promise<{ text: string; xml: Uint8Array | undefined }> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
  const pages = await Promise.all(Array.from({ length: pdf.numPages }, async (_, index) => (await (await pdf.getPage(index + 1)).getTextContent()).items.map((item) => ('str' in item ? item.str : '')).join(' ')));
  return { text: pages.join(' ').replace(/\s+/g, ' '), xml: ((await pdf.getAttachments()) as Record<string, { content: Uint8Array }> | null)?.['factur-x.xml']?.content };
}

test(`${count} random invoices say the same integers on the screen, on the page, in the CSV and in the electronic invoice`, { timeout: 1_800_000 }, async () => {
  const context = { user: 'amara', role: 'accountant' as const, host: 'cli' as const, logger: silentLogger, commands: createCommandLog(desk.database, clock) };
  const invoices = createRouterClient({
    ...createInvoicesReadingHandlers({ readable: desk.database, clock, timeZone }), ...createInvoicesHandlers({ readable: desk.database, clock, timeZone, invoicing: desk.invoicing, documents, creditNotes: { find: () => null }, hub: createChangeHub() }),
  }, { context });
  let withXml = 0;
  await fc.assert(
    fc.asyncProperty(wish, async (wanted) => {
      const stored = await makeInvoice(wanted);
      const { currency } = stored;
      const minor = (text: string | undefined): number => fromDecimalString(text ?? '', currency);
      const figures = { subtotal: stored.subtotalMinor, tax: stored.taxMinor, total: stored.totalMinor, withholding: stored.withholdingMinor, due: stored.dueMinor };
      expect(figures.total).toBe(figures.subtotal + figures.tax);
      expect(figures.due).toBe(figures.total - figures.withholding);

      const screen = await invoices.show({ id: stored.id });
      expect({ subtotal: screen.subtotalMinor, tax: screen.taxMinor, total: screen.totalMinor, withholding: screen.withholdingMinor, due: screen.dueMinor }).toEqual(figures);
      expect(screen.lines.map((row) => row.amountMinor)).toEqual(stored.lines.map((row) => row.amountMinor));

      const { text, xml } = await read((await invoices.pdf({ id: stored.id })).bytes);
      const words = wordsOf('en');
      for (const amount of [...stored.lines.map((row) => row.amountMinor), figures.subtotal, figures.total, figures.due]) expect(text).toContain(words.amount(amount, currency));
      expect(words.amount(figures.total, currency)).toBe(formatAmount(figures.total, currency, 'en-US')); // as the screen writes it
      if (figures.withholding !== 0) expect(text).toContain(words.amount(-figures.withholding, currency));

      const csv = await invoices.exportCsv({ filter: { text: stored.number ?? '' } });
      const [row] = parse(csv.text, { columns: true, bom: true }) as Record<string, string>[];
      expect({ number: row?.['Number'], subtotal: minor(row?.['Subtotal']), tax: minor(row?.['Tax']), total: minor(row?.['Total']), withholding: minor(row?.['Withholding tax']), due: minor(row?.['Due']) }).toEqual({ number: stored.number, ...figures });

      const lineRows = parse((await invoices.exportCsv({ of: 'lines', filter: { text: stored.number ?? '' } })).text, { columns: true, bom: true }) as Record<string, string>[];
      expect(lineRows.map((each) => [minor(each['Amount']), each['Tax'], Number(each['Tax in %']) * 100])).toEqual(stored.lines.map((each, place) => { const tax = wanted.lines[place]?.tax ?? wanted.tax; return [each.amountMinor, tax.treatment, tax.basisPoints]; }));
      expect(lineRows.reduce((sum, each) => sum + minor(each['After discount']), 0)).toBe(figures.subtotal);
      expect(lineRows.map((each) => minor(each['Amount']) - minor(each['Discount']) - minor(each['After discount']))).toEqual(lineRows.map(() => 0));

      // The standard wants two decimals at most and tax once for each rate: what has that carries the XML, what has not says why.
      const isOncePerRate = (stored.snapshot.taxes ?? []).every((share) => shareOf(share.baseMinor, share.basisPoints) === share.amountMinor) && (stored.snapshot.taxes !== undefined || shareOf(figures.subtotal, wanted.tax.basisPoints) === figures.tax);
      expect(xml !== undefined).toBe(currency !== 'kwd' && isOncePerRate);
      if (!xml) return;
      withXml += 1;
      const { invoice } = readEInvoice(xml);
      expect(checkEInvoice(invoice)).toEqual([]);
      const { totals } = invoice;
      expect({ subtotal: minor(totals.withoutVat ?? ''), tax: minor(totals.vat ?? '0'), total: minor(totals.withVat ?? ''), withholding: minor(totals.paid ?? '0'), due: minor(totals.due ?? '') }).toEqual(figures);
      expect(invoice.lines.map((each) => minor(each.netAmount ?? ''))).toEqual(stored.lines.map((each) => each.amountMinor));
      // A line taken for one of another rate leaves every sum as it is: its amount is taken off and put on again as a discount of the two rates. So each says its own.
      expect(invoice.lines.map((each) => [each.vatCategory, Number(each.vatRate) * 100])).toEqual(wanted.lines.map((each) => rateInXml(each.tax ?? wanted.tax)));
      expect(sumsByRate(invoice.allowanceCharges.map((each) => [[each.vatCategory, Number(each.vatRate) * 100].join(' '), minor(each.amount ?? '')]))).toEqual(
        sumsByRate(stored.lines.map((each, place) => [rateInXml(wanted.lines[place]?.tax ?? wanted.tax).join(' '), each.discountMinor ?? 0])));
    }),
    { numRuns: count, seed, endOnFailure: process.env['DAYBOOK_SHRINK'] === undefined },
  );
  expect(withXml).toBeGreaterThanOrEqual(count / 4); // what cannot hold to the standard carries none and says why
});
