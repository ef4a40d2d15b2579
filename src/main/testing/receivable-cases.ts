/** Every state of an invoice × every act, as one table that the local twin and the shared database are both held to. */
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { sql } from '../database/handles.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { newId } from '../platform/ids.ts';
import type { BillingDesk } from './billing-desk.ts';

export const amara = { actor: 'amara' };
const on = '2026-11-18';

/** An invoice of the flat contract: 1,393.50 + 21 % (292.64) − 15 % withholding (209.03) = 1,477.11 due. */
export async function makeInvoice(desk: BillingDesk, finalise = true, period = '2026-10'): Promise<PartnerInvoice> {
  const run = await desk.invoicing.run({ period, finalise, ...amara });
  const outcome = run.succeeded.find((row) => row.partnerName === 'Ashgrove Registry') ?? run.skipped.find((row) => row.partnerName === 'Ashgrove Registry');
  return mustFind(desk, outcome?.invoiceId ?? '');
}

/** A one-off invoice of 100.00 at 21 % less 90.00 at 23 %: 21.00 of tax less 20.70, 10.30 in all. @returns its id. */
export async function oppositeRates(desk: BillingDesk): Promise<string> {
  const customer = { kind: 'typed', name: 'Harbour Notaries', legalName: null, address: [], country: null, email: null, taxNumber: null } as const;
  const { invoice: { id, version } } = await desk.drafts.createOneOff({ id: newId(), customer, currency: 'usd', paymentTermsDays: 14 }, amara);
  const line = (amountMinor: number, basisPoints: number) => ({ kind: 'add-line', lineId: newId(), description: `At ${basisPoints}`, quantity: null, unitPrice: null, amountMinor, discount: null, tax: { treatment: 'standard', basisPoints }, beforeLineId: null }) as const;
  await desk.drafts.edit(id, version, [line(10_000, 2_100), line(-9_000, 2_300)], amara);
  return (await desk.invoicing.finalise(id, amara)).id;
}

export function mustFind(desk: BillingDesk, id: string): PartnerInvoice {
  const invoice = desk.invoicing.find(id);
  if (!invoice) throw new Error(`no invoice ${id}`);
  return invoice;
}

export const pay = (desk: BillingDesk, invoiceId: string, amountMinor: number, more = 0) =>
  desk.receivables.recordReceipt({ on, amountMinor: amountMinor + more, currency: mustFind(desk, invoiceId).currency, bankReference: 'TRF 1', allocations: [{ invoiceId, amountMinor }] }, amara);

export const statuses = ['draft', 'finalised', 'sent', 'partly_paid', 'paid', 'uncollectible', 'void'] as const;

/** Brings a fresh invoice of a month into a state. */
async function bringTo(desk: BillingDesk, status: (typeof statuses)[number], period: string): Promise<string> {
  const { id } = await makeInvoice(desk, status !== 'draft', period);
  if (status === 'sent') await desk.receivables.markSent(id, on, amara);
  if (status === 'partly_paid') await pay(desk, id, 50_000);
  if (status === 'paid') await pay(desk, id, 147_711);
  if (status === 'uncollectible') await desk.receivables.markUncollectible(id, { on, reason: 'Insolvent' }, amara);
  if (status === 'void') await desk.invoicing.void(id, 'Wrong address', amara);
  return id;
}

export const attempts = {
  finalise: (desk: BillingDesk, id: string) => desk.invoicing.finalise(id, amara),
  void: (desk: BillingDesk, id: string) => desk.invoicing.void(id, 'Billed twice', amara),
  send: (desk: BillingDesk, id: string) => desk.receivables.markSent(id, on, amara),
  pay: (desk: BillingDesk, id: string) => pay(desk, id, 10_000),
  'credit a part against the due': (desk: BillingDesk, id: string) => desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'offset', on, reason: 'Too many days' }, amara),
  'credit the whole, refund the rest': (desk: BillingDesk, id: string) => desk.receivables.credit(id, { lines: null, settlement: 'refund', on, reason: 'Never used' }, amara),
  'credit the whole, keep the rest': (desk: BillingDesk, id: string) => desk.receivables.credit(id, { lines: null, settlement: 'credit', on, reason: 'Never used' }, amara),
  'write a small rest off': (desk: BillingDesk, id: string) => desk.receivables.writeOff(id, { amountMinor: 500, on, reason: 'Bank charges' }, amara),
  'write more off than may be': (desk: BillingDesk, id: string) => desk.receivables.writeOff(id, { amountMinor: 1_001, on, reason: 'Bank charges' }, amara),
  'mark uncollectible': (desk: BillingDesk, id: string) => desk.receivables.markUncollectible(id, { on, reason: 'Insolvent' }, amara),
  'prove foreseen withholding': (desk: BillingDesk, id: string) => desk.receivables.recordWithholding(id, { amountMinor: 20_903, certificate: 'WHT-1', on }, amara),
  'prove more withholding': (desk: BillingDesk, id: string) => desk.receivables.recordWithholding(id, { amountMinor: 30_903, certificate: 'WHT-2', on }, amara),
} as const;

const state = 'invoice-state';
/** What each attempt leads to: the state and what is due then, or the code of the refusal. Columns in the order of {@link statuses}. */
export const stateTable: Readonly<Record<keyof typeof attempts, readonly string[]>> = {
  finalise: ['finalised 147711', 'finalised 147711', 'sent 147711', 'partly_paid 97711', 'paid 0', 'uncollectible 0', state],
  void: [state, 'void 147711', 'void 147711', state, state, state, 'void 147711'],
  send: [state, 'sent 147711', 'sent 147711', 'partly_paid 97711', 'paid 0', 'uncollectible 0', state],
  pay: [state, 'partly_paid 137711', 'partly_paid 137711', 'partly_paid 87711', state, 'uncollectible 0', state],
  // 100.00 + 21.00 tax − 15.00 withholding = 106.00
  'credit a part against the due': [state, 'partly_paid 137111', 'partly_paid 137111', 'partly_paid 87111', 'credit-exceeds-due', state, state],
  'credit the whole, refund the rest': [state, 'paid 0', 'paid 0', 'paid 0', 'paid 0', state, state],
  'credit the whole, keep the rest': [state, 'paid 0', 'paid 0', 'paid 0', 'paid 0', state, state],
  'write a small rest off': [state, 'partly_paid 147211', 'partly_paid 147211', 'partly_paid 97211', state, state, state],
  'write more off than may be': [state, 'write-off-limit', 'write-off-limit', 'write-off-limit', state, state, state],
  'mark uncollectible': [state, 'uncollectible 0', 'uncollectible 0', 'uncollectible 0', state, state, state],
  'prove foreseen withholding': [state, 'finalised 147711', 'sent 147711', 'partly_paid 97711', 'paid 0', state, state],
  'prove more withholding': [state, 'partly_paid 137711', 'partly_paid 137711', 'partly_paid 87711', 'allocation-exceeds-due', state, state],
};

/** What an attempt leads to, as the table writes it. */
async function outcomeOf(desk: BillingDesk, id: string, attempt: keyof typeof attempts): Promise<string> {
  try {
    await attempts[attempt](desk, id);
  } catch (error) {
    if (error instanceof DaybookError) return error.code;
    throw error;
  }
  const invoice = mustFind(desk, id);
  return `${invoice.status} ${invoice.dueMinor - invoice.paidMinor - invoice.creditedMinor - invoice.withheldMinor - invoice.writtenOffMinor}`;
}

/** An attempt on an invoice in each state, each of its own month. */
export async function outcomesOf(desk: BillingDesk, attempt: keyof typeof attempts): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, status] of statuses.entries()) {
    const id = await bringTo(desk, status, `2026-${String(index + 4).padStart(2, '0')}`);
    if (mustFind(desk, id).status !== status) throw new Error(`not brought to ${status}`);
    ids.push(id);
  }
  const reached: string[] = [];
  for (const id of ids) reached.push(await outcomeOf(desk, id, attempt));
  return reached;
}

const balances = sql('test.balances', `SELECT p.account_code AS account, p.party_id AS party, p.currency, sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END) AS amount,
  sum(CASE p.direction WHEN 'debit' THEN p.functional_amount_minor ELSE -p.functional_amount_minor END) AS functional FROM postings p GROUP BY 1, 2, 3 HAVING amount <> 0 OR functional <> 0 ORDER BY 1, 3, 2`);

export interface Balance {
  readonly account: string;
  readonly party: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly functional: number;
}

/** What the books come to, by account, party and currency; debits positive. */
export const readBalances = (desk: BillingDesk): Balance[] => desk.database.all<Balance>(balances);
/** `1200-accounts-receivable usd 147711`. */
export const balanceLines = (desk: BillingDesk): string[] => readBalances(desk).map((row) => `${row.account} ${row.currency} ${row.amount}`);
