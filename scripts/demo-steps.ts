/**
 * The steps of the demo's month: each does its work through the product's contract, holds what came of it against the manifest of truth, and says in a line what there is.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { largestBankPart } from '../src/shared/api/banking.contract.ts';
import type { DaybookClient } from '../src/shared/api/contract.ts';
import { formatMoney } from '../src/shared/money/format.ts';
import { companyDetails } from '../sandbox/company/company-details.ts';
import type { Manifest } from '../sandbox/manifest.ts';

export interface DemoDesk {
  readonly client: DaybookClient;
  readonly manifest: Manifest;
  /** Where the bank's statements lie. */
  readonly bankFolder: string;
  readonly dataFolder: string;
  /** The last month to close. */
  readonly closesThrough: string;
  /** Runs a job to its end. @returns its result. @throws Error where it does not succeed. */
  job(name: string, request?: { readonly period?: string; readonly options?: Readonly<Record<string, string | boolean>> }): Promise<unknown>;
  /** Notes a figure that is not the manifest's. */
  expectEqual(what: string, found: number, expected: number): void;
  /** What was found to differ so far, in words. */
  readonly differences: string[];
}

export const count = (value: number): string => value.toLocaleString('en-US');
const deferredRevenue = '2100-deferred-revenue';
const lastDayOf = (month: string): string => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10);
const money = (amount: number, currency: string): string => formatMoney(amount, currency, 'en-US');

/** Partners, usage, payment records and exchange rates come from the shared database. */
export async function pullSharedDatabase({ client, job }: DemoDesk): Promise<string> {
  await job('postgres-sync');
  const partners = await client.partners.list({});
  return `${count(partners.total)} partners, usage, payment records and exchange rates`;
}

/** Everything at Stripe, or what is new there since; Stripe's clearing account must be Stripe's own balance. */
export async function readStripe({ client, manifest, job, expectEqual }: DemoDesk, name: 'stripe-sync' | 'stripe-refill'): Promise<string> {
  await job(name);
  const balance = await client.ledger.trialBalance({});
  for (const expected of manifest.stripeBalance) {
    const clearing = balance.rows.filter((row) => row.currency === expected.currency && /stripe.clearing/i.test(row.accountCode + row.accountName)).reduce((sum, row) => sum + row.balanceMinor, 0);
    expectEqual(`Stripe clearing ${expected.currency}`, clearing, expected.atCreationMinor);
  }
  return `${count(balance.entries)} entries; ${balance.totals.map((total) => `${money(total.debitMinor, total.currency)} each side`).join(', ')}`;
}

/** The month's partner invoices, finalised, with their PDFs; nothing may be missing for their electronic form. */
export async function billPartners({ client, manifest, dataFolder, job, expectEqual }: DemoDesk): Promise<string> {
  await fillInvoiceTemplate(client);
  await job('partner-billing', { period: manifest.billingMonth, options: { finalise: true } });
  const invoices = await client.invoices.list({ filter: { origin: 'partner', month: manifest.billingMonth }, limit: 200 });
  const expected = manifest.partnerInvoices.filter((invoice) => invoice.month === manifest.billingMonth);
  expectEqual('partner invoices', invoices.rows.filter((row) => row.status !== 'void').length, expected.length);
  for (const truth of expected) {
    const found = invoices.rows.find((row) => row.number === truth.invoiceNumber);
    expectEqual(truth.invoiceNumber, found?.total.amount ?? 0, truth.totalMinor);
    if (!found) continue;
    const invoice = await client.invoices.show({ id: found.id });
    expectEqual(`${truth.invoiceNumber}, subtotal`, invoice.subtotalMinor, truth.subtotalMinor);
    expectEqual(`${truth.invoiceNumber}, tax`, invoice.taxMinor, truth.taxMinor);
    expectEqual(`${truth.invoiceNumber}, withholding`, invoice.withholdingMinor, truth.withholdingMinor);
    expectEqual(`${truth.invoiceNumber}, due`, invoice.dueMinor, truth.dueMinor);
    await client.invoices.pdf({ id: found.id });
  }
  const checked = await client.documents.missingFields({ ids: invoices.rows.filter((row) => row.status !== 'void').map((row) => row.id) });
  for (const { name, missing } of checked) expectEqual(`what the electronic invoice of ${name} lacks`, missing.length, 0);
  return `${count(invoices.total)} invoices, ${invoices.sums.map((sum) => money(sum.amount, sum.currency)).join(' + ')}; PDFs in ${join(dataFolder, 'documents', 'invoices')}`;
}

/** Stripe against ledger and payment history: exactly what was planted is found. */
export async function reconcile({ client, manifest, job, differences }: DemoDesk): Promise<string> {
  await job('daily-reconciliation');
  const found = await client.reconciliation.list({ limit: 500 });
  const key = (reason: string, objectId: string): string => `${reason} ${objectId}`;
  const rows = new Set(found.rows.filter((row) => row.level === 'transactions' && row.status !== 'resolved').map((row) => key(row.reason, row.objectId)));
  const planted = new Set(manifest.plantedBreaks.map((item) => key(item.reason, item.objectId)));
  for (const item of planted) if (!rows.has(item)) differences.push(`a planted break was not found: ${item}`);
  for (const row of rows) if (!planted.has(row)) differences.push(`a difference nobody planted: ${row}`);
  const { runs } = await client.reconciliation.summary({});
  const run = runs.find((candidate) => candidate.level === 'transactions');
  return `${count(run?.compared ?? 0)} compared, ${count(rows.size)} differences of ${count(planted.size)} planted`;
}

/** The bank's statements, proved by their balances: payouts tie, and exactly what was planted is found. */
export async function readBankStatements({ client, manifest, bankFolder, job, expectEqual, differences }: DemoDesk): Promise<string> {
  const imported = (await job('bank-import', { options: { upload: await uploadStatement(client, join(bankFolder, manifest.bank.fileName)), fileName: manifest.bank.fileName } })) as { statements: number; proved: number; added: number; known: number };
  const { total } = await client.banking.lines({ filter: { state: 'matched' }, limit: 1 });
  expectEqual('payouts that tie with a bank line', total, manifest.bank.payoutsThatTie);
  expectEqual('statements whose balances are proved', imported.proved, imported.statements);
  const rows = (await client.reconciliation.list({ filter: { level: 'bank' }, limit: 500 })).rows.filter((row) => row.status !== 'resolved');
  const key = (row: { reason: string; currency: string; amountMinor: number; on: string }): string => `${row.reason} ${row.amountMinor} ${row.currency} ${row.on}`;
  const found = new Set(rows.map((row) => key({ reason: row.reason, currency: row.amount.currency, amountMinor: row.amount.amount, on: row.occurredOn })));
  const planted = new Set(manifest.bank.breaks.map(key));
  for (const item of planted) if (!found.has(item)) differences.push(`a planted break of the bank was not found: ${item}`);
  for (const item of found) if (!planted.has(item)) differences.push(`a difference with the bank that nobody planted: ${item}`);
  return `${count(imported.added + imported.known)} lines, ${count(total)} matched with payouts, ${count(found.size)} differences of ${count(planted.size)} planted`;
}

/** What each month earned of what was billed ahead. */
export async function recogniseRevenue({ client, manifest, job, expectEqual }: DemoDesk): Promise<string> {
  await job('revenue-recognition');
  const last = manifest.deferral.filter((truth) => truth.month === manifest.billingMonth);
  for (const truth of manifest.deferral) {
    const { sums } = await client.ledger.entries({ filter: { accountCode: deferredRevenue, kind: 'recognition', currency: truth.currency, month: truth.month }, limit: 1 });
    expectEqual(`recognised in ${truth.month} ${truth.currency}`, sums.find((sum) => sum.currency === truth.currency)?.amount ?? 0, truth.recognisedMinor);
  }
  const { total } = await client.ledger.entries({ filter: { kind: 'recognition' }, limit: 1 });
  return `${count(total)} entries over ${count(new Set(manifest.deferral.map((truth) => truth.month)).size)} months; ${manifest.billingMonth}: ${last.map((truth) => money(truth.recognisedMinor, truth.currency)).join(', ')}`;
}

/** Every month up to the last one asked for; what is still to earn at each end is the manifest's. */
export async function closeMonths({ client, manifest, closesThrough, expectEqual }: DemoDesk): Promise<string> {
  const next = (await client.ledger.periods({})).periods.find((period) => period.isNextToClose);
  if (next && next.month <= closesThrough) {
    const { months, stopsAt } = await client.ledger.closePreview({ through: closesThrough });
    if (stopsAt !== null) throw new Error(`${stopsAt} cannot be closed: ${months.at(-1)?.checklist.flatMap((item) => (item.isFine ? [] : [item.detail ?? item.title])).join(' ')}`);
    for (const { month } of months) await client.ledger.closePeriod({ commandId: randomUUID(), month });
  }
  const closed = (await client.ledger.periods({})).periods.filter((period) => period.state === 'closed');
  for (const { month } of closed) {
    const { rows } = await client.ledger.trialBalance({ asOf: lastDayOf(month) });
    for (const truth of manifest.deferral.filter((each) => each.month === month)) {
      const balance = rows.find((row) => row.accountCode === deferredRevenue && row.currency === truth.currency)?.balanceMinor ?? 0;
      expectEqual(`deferred revenue at the end of ${month}, ${truth.currency}`, -balance, truth.deferredMinor);
    }
  }
  expectEqual('months closed', closed.length, new Set(manifest.revenue.filter((truth) => truth.month <= closesThrough).map((truth) => truth.month)).size);
  return `${count(closed.length)} closed, ${closed[0]?.month ?? ''} to ${closed.at(-1)?.month ?? ''}; still to earn: ${manifest.deferral.filter((truth) => truth.month === closesThrough).map((truth) => money(truth.deferredMinor, truth.currency)).join(', ')}`;
}

/** MRR, ARR, customers and movements of every month. */
export async function computeMrr({ client, manifest, job, expectEqual, differences }: DemoDesk): Promise<string> {
  await job('revenue-rebuild');
  const undated = new Set(manifest.mrr.flatMap((truth) => truth.undatedSubscriptionIds));
  const { months } = await client.revenue.mrrSeries({ from: manifest.mrr[0]?.month ?? manifest.billingMonth });
  for (const truth of manifest.mrr) {
    const found = months.find((candidate) => candidate.month === truth.month);
    expectEqual(`MRR ${truth.month}`, found?.endMinor ?? 0, truth.mrrMinor);
    expectEqual(`ARR ${truth.month}`, found?.arrMinor ?? 0, truth.arrMinor);
    expectEqual(`customers ${truth.month}`, found?.customers ?? 0, truth.customers);
    for (const kind of ['new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchangeRate'] as const) expectEqual(`MRR ${truth.month}, ${kind}`, found?.[`${kind}Minor`] ?? 0, truth.movements[kind]);
    // The manifest knows the month of such a change; a rebuild names every month in which it may have been.
    for (const id of truth.undatedSubscriptionIds) if (!found?.undatedSubscriptionIds.includes(id)) differences.push(`the undated change of ${id} in ${truth.month} is not marked`);
    for (const id of found?.undatedSubscriptionIds ?? []) if (!undated.has(id)) differences.push(`${id} is marked as undated in ${truth.month}, and is not`);
  }
  const last = months.at(-1);
  return last ? `${last.month}: MRR ${money(last.endMinor, last.currency)}, ARR ${money(last.arrMinor, last.currency)}, ${count(last.customers)} customers` : 'no subscriptions';
}

/** Payments, fees and refunds of every month and currency. */
export async function compareRevenue({ client, manifest, expectEqual }: DemoDesk): Promise<string> {
  const first = manifest.revenue[0]?.month;
  const { months } = await client.revenue.breakdown(first ? { from: first } : {});
  for (const truth of manifest.revenue) {
    const found = months.find((row) => row.month === truth.month && row.currency === truth.currency);
    for (const figure of ['grossMinor', 'feesMinor', 'refundsMinor', 'netMinor', 'payments'] as const) expectEqual(`revenue ${truth.month} ${truth.currency}, ${figure}`, found?.[figure] ?? 0, truth[figure]);
  }
  const last = months.filter((row) => row.month === manifest.billingMonth);
  return `${manifest.billingMonth}: net ${last.map((row) => money(row.netMinor, row.currency)).join(', ')}`;
}

/** The chain of entries, from the first to the last. */
export async function verifyLedger({ job, differences }: DemoDesk): Promise<string> {
  const result = (await job('ledger-verify')) as { isSound: boolean; entries: number; firstFault: { message: string } | null };
  if (!result.isSound) differences.push(`the ledger is not sound: ${result.firstFault?.message ?? ''}`);
  return `${count(result.entries)} entries ${result.isSound ? 'sound' : 'NOT sound'}`;
}

/** The file goes in parts, as a window sends it. @returns the upload's id. */
async function uploadStatement(client: DaybookClient, file: string): Promise<string> {
  const bytes = await readFile(file);
  const uploadId = randomUUID();
  for (let position = 0; position < bytes.byteLength; position += largestBankPart) await client.banking.upload({ commandId: randomUUID(), uploadId, position, bytes: new Uint8Array(bytes.subarray(position, position + largestBankPart)) });
  return uploadId;
}

/** The company's details on its invoices, unless somebody has given it others. */
async function fillInvoiceTemplate(client: DaybookClient): Promise<void> {
  const { company, look, language } = await client.documents.template({});
  if (company.vatId !== null || company.registrationNumber !== null) return;
  await client.documents.saveTemplate({ commandId: randomUUID(), template: { company: companyDetails, look, language } });
}
