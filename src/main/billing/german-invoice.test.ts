/** An invoice in German: its lines, their calculation and the terms are written in German, with German numbers, and an edited draft keeps its edits when the language changes. */
import { afterEach, describe, expect, test } from 'vitest';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { amendmentOf, deedContract, flatContract, insertAmendment, insertUsage, requestContract } from '../testing/billing-fixtures.ts';
import { amara, mustFind } from '../testing/receivable-cases.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { newId } from '../platform/ids.ts';
import { invoiceDocument } from '../documents/invoice-document.ts';

const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
function openDesk(contract: PartnerContractRow, isGerman = true): BillingDesk {
  const desk = openBillingDesk({ contracts: [contract] });
  desks.push(desk);
  if (isGerman) desk.templates.setPartnerLanguage(contract.partnerId, 'de');
  return desk;
}
async function bill(desk: BillingDesk, period = '2026-10', finalise = false) {
  const run = await desk.invoicing.run({ period, finalise, ...amara });
  expect(run.failed).toEqual([]);
  return mustFind(desk, [...run.succeeded, ...run.skipped][0]?.invoiceId ?? '');
}
const linesOf = (invoice: { lines: readonly { description: string; explanation: string }[] }) => invoice.lines.map((line) => `${line.description}: ${line.explanation}`);
const use = (desk: BillingDesk, key: string, quantity: number, day: string, meter: 'deeds' | 'requests' = 'deeds', prefix = deedContract.apiKeyPrefix) => insertUsage(desk.database, key, prefix, meter, quantity, `${day}T17:00:00Z`);

/** Words that only English has, anywhere in what is printed. */
const englishWords = /\b(deeds?|filed|requests?|month|days?|of|the|rounded|included|charged|discount|minimum|tax|due|invoiced|usage|access|fee|whole|first|each|and|started|blocks?)\b/i;

describe('lines in German', () => {
  test('graduated tiers, included units, a minimum and a discount in a part of the month', async () => {
    const tiers = JSON.stringify({ mode: 'graduated', tiers: [{ upTo: 2_000, unitPrice: '2.905' }, { upTo: null, unitPrice: '1.111' }] });
    const desk = openDesk({ ...deedContract, tiers, includedUnits: 1_240, discountBasisPoints: 750, minimumCommitmentMinor: 1_234_500, effectiveFrom: '2026-10-17' });
    use(desk, 'a', 2_000, '2026-10-20');
    const invoice = await bill(desk);
    expect(linesOf(invoice)).toEqual([
      'Eingereichte Urkunden, Oktober 2026: 2.000 Urkunden − 600 inklusive (1.240 × 15 von 31 Tagen, abgerundet) = 1.400; 967 Urkunden × 2,905 EUR (Urkunden 1 bis 967); Staffelgrenzen × 15 von 31 Tagen, abgerundet, kaufmännisch gerundet',
      'Eingereichte Urkunden, Oktober 2026: 433 Urkunden × 1,111 EUR (Urkunden ab 968); Staffelgrenzen × 15 von 31 Tagen, abgerundet, kaufmännisch gerundet',
      'Mindestumsatz, Oktober 2026: Mindestumsatz 5.973,39 EUR (12.345,00 EUR × 15 von 31 Tagen, kaufmännisch gerundet) − 3.043,43 EUR berechnet nach Nachlass',
    ]);
    expect(invoice.snapshot.terms).toBe('Urkunden nach den ersten 1.240 zu gestaffelten Preisen von 2,905 EUR für die ersten 2.000, 1,111 EUR darüber, abzüglich 7,5 % Nachlass, mindestens 12.345,00 EUR im Monat; Steuerschuldnerschaft des Leistungsempfängers; zahlbar in 14 Tagen.');
  });

  test('requests in blocks by volume, and an amendment within the month', async () => {
    const tiers = JSON.stringify({ mode: 'volume', tiers: [{ upTo: 10, unitPrice: '1.5' }, { upTo: null, unitPrice: '1.25' }] });
    const desk = openDesk({ ...requestContract, tiers });
    use(desk, 'a', 1_001, '2026-10-20', 'requests', requestContract.apiKeyPrefix);
    expect(linesOf(await bill(desk))).toEqual(['API-Anfragen, Oktober 2026: 1.001 Anfragen → 2 angefangene Blöcke zu je 1.000; 2 Blöcke × 1,50 USD, Mengenstaffel bis 10']);
    const amended = openDesk(flatContract);
    insertAmendment(amended.database, amendmentOf(flatContract, { id: newId(), effectiveFrom: '2026-10-16', flatFeeMinor: 200_000 }));
    const invoice = await bill(amended);
    expect(linesOf(invoice)).toEqual([
      'API-Zugang, 1. bis 15. Oktober 2026: 1. bis 15. Oktober: 1.393,50 USD × 15 von 31 Tagen, kaufmännisch gerundet', 'API-Zugang, 16. bis 31. Oktober 2026: 16. bis 31. Oktober: 2.000,00 USD × 16 von 31 Tagen, kaufmännisch gerundet',
    ]);
    expect(invoice.snapshot.terms).toMatch(/^1\. bis 15\. Oktober: 1\.393,50 USD im Monat; 21 % Steuer; 15 % vom Partner einbehalten; zahlbar in 30 Tagen\. 16\. bis 31\. Oktober: /);
  });

  test('late usage, and usage taken back', async () => {
    const desk = openDesk({ ...deedContract, perDeedPrice: '1' });
    use(desk, 'a', 4_000, '2026-09-10');
    await bill(desk, '2026-09', true);
    use(desk, 'b', 1_500, '2026-09-29');
    expect(linesOf(await bill(desk))[1]).toBe('Nachgemeldeter Verbrauch, September 2026: September 2026 neu berechnet mit 5.500 Urkunden (4.000 bei Rechnungsstellung): 5.500,00 EUR − bereits berechnet 4.000,00 EUR mit API-202609-dp_pk_KKB; vor Steuer, nach dem Nachlass jenes Monats');
  });

  test('nothing of what is printed is English, and the figures are those of the English invoice', async () => {
    const contract = { ...flatContract, pricingModel: 'hybrid', perDeedPrice: '2.5', includedUnits: 3, minimumCommitmentMinor: 900_000, discountBasisPoints: 1_000 };
    const [german, english] = [openDesk(contract), openDesk(contract, false)];
    for (const desk of [german, english]) use(desk, 'a', 40, '2026-10-20', 'deeds', contract.apiKeyPrefix);
    const [one, two] = [await bill(german), await bill(english)];
    expect([one.subtotalMinor, one.taxMinor, one.dueMinor, one.lines.map((line) => line.amountMinor)]).toEqual([two.subtotalMinor, two.taxMinor, two.dueMinor, two.lines.map((line) => line.amountMinor)]);
    const { data } = invoiceDocument(one) as unknown as { data: { lines: object[]; totals: object[]; notes: object[]; facts: object[]; due: object; words: object; customer: { lines: string[] } } };
    const { lines, totals, notes, facts, due, words, customer } = data;
    expect(customer.lines).toContain('Spanien');
    expect(JSON.stringify({ lines, totals, notes, facts, due, words }).replaceAll(/"[a-zA-Z]+":/g, '')).not.toMatch(englishWords);
  });
});

test('edits of a draft stand when its partner’s language changes, and say in the new language that they were made', async () => {
  const desk = openDesk(flatContract, false);
  const { id, version } = await bill(desk);
  await desk.drafts.edit(id, version, [{ kind: 'change-line', lineId: 'flat-fee/API access, October 2026/1', amountMinor: 100_000, reason: 'Vereinbart' }], amara);
  desk.templates.setPartnerLanguage(flatContract.partnerId, 'de');
  // What was seen is what is finalised: the draft is in the language it was made in.
  expect(desk.drafts.read(id).composed.lines[0]).toMatchObject({ description: 'API access, October 2026', amountMinor: 100_000 });
  const refreshed = await bill(desk);
  expect(refreshed).toMatchObject({ id, subtotalMinor: 100_000 });
  expect(linesOf(refreshed)).toEqual(['API-Zugang, Oktober 2026: Pauschale für den ganzen Monat; geändert: Vereinbart']);
  expect(desk.drafts.read(id).composed).toMatchObject({ goneLines: [], lines: [{ clash: null, edit: { reason: 'Vereinbart' } }] });
  expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', subtotalMinor: 100_000 });
});

test('a draft that was made before the language changed is finalised as it was seen', async () => {
  const desk = openDesk(flatContract, false);
  const { id } = await bill(desk);
  desk.templates.setPartnerLanguage(flatContract.partnerId, 'de');
  expect((await desk.invoicing.finalise(id, amara)).lines[0]?.description).toBe('API access, October 2026');
});
