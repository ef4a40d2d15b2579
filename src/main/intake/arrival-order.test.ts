import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCompany, type Company } from '../../../sandbox/company/company.ts';
import type { CollectionName } from '../../../sandbox/stripe/population.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createJournal } from '../ledger/journal.ts';
import { createMirror } from '../mirror/mirror.ts';
import { unattended } from '../platform/work-control.ts';
import { loadExchangeRates } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createFactCompletion } from './fact-completion.ts';
import { createFactProjection } from './fact-projection.ts';
import { createObjectIntake } from './object-intake.ts';
import type { GatewayList, GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

const identity = { account: 'acct_1', mode: 'test', functionalCurrency: 'usd' };
const lists: readonly (GatewayList & CollectionName)[] = ['coupons', 'invoices', 'invoice_payments', 'charges', 'refunds', 'disputes', 'credit_notes', 'checkout_sessions', 'balance_transactions'];

/** Everything a dozen customers left at Stripe: among them invoices, refunds, disputes, credit notes, one-off sales. */
function objectsOfSomeCustomers(company: Company): Map<GatewayList, GatewayObject[]> {
  const objects = new Map<GatewayList, GatewayObject[]>();
  const rendered = (list: GatewayList & CollectionName): GatewayObject[] => {
    const collection = company.population.collection(list);
    return Array.from({ length: collection.size }, (_, index) => {
      const value = collection.render(index);
      return { id: value.id, object: value.object, text: JSON.stringify(value), value };
    });
  };
  const everything = new Map(lists.map((list) => [list, rendered(list)]));
  const disputed = (everything.get('disputes') ?? []).slice(0, 3).flatMap((dispute) => everything.get('charges')?.find((charge) => charge.id === dispute.value['charge']) ?? []);
  const customers = new Set([...disputed, ...(everything.get('credit_notes') ?? []).slice(0, 3)].map((object) => object.value['customer']));
  const isOfCustomer = (object: GatewayObject): boolean => customers.has(object.value['customer']);
  const recent = (all: GatewayObject[] | undefined): GatewayObject[] => (all ?? []).filter(isOfCustomer).slice(0, 40);
  const invoices = recent(everything.get('invoices'));
  const charges = [...new Set([...disputed, ...recent(everything.get('charges'))])];
  const notes = (everything.get('credit_notes') ?? []).filter((note) => invoices.some((invoice) => invoice.id === note.value['invoice']));
  const ids = new Set([...invoices, ...charges].map((object) => object.id));
  const payments = (everything.get('invoice_payments') ?? []).filter((payment) => ids.has(payment.value['invoice'] as string));
  const refunds = (everything.get('refunds') ?? []).filter((refund) => ids.has(refund.value['charge'] as string));
  const disputes = (everything.get('disputes') ?? []).filter((dispute) => ids.has(dispute.value['charge'] as string));
  const sources = new Set([...charges, ...refunds, ...disputes].map((object) => object.id));
  objects.set('coupons', everything.get('coupons') ?? []);
  objects.set('invoices', invoices);
  objects.set('charges', charges);
  objects.set('credit_notes', notes);
  objects.set('invoice_payments', payments);
  objects.set('refunds', refunds);
  objects.set('disputes', disputes);
  objects.set('checkout_sessions', (everything.get('checkout_sessions') ?? []).filter(isOfCustomer));
  objects.set('balance_transactions', (everything.get('balance_transactions') ?? []).filter((transaction) => sources.has(transaction.value['source'] as string)));
  return objects;
}

/** Stripe with these objects only: what is asked for is there, whatever has arrived so far. */
function gatewayOf(objects: ReadonlyMap<GatewayList, readonly GatewayObject[]>): GatewaySource {
  const read = (value: unknown, path: string): unknown => path.split(/[[\]]+/).filter(Boolean).reduce<unknown>((current, name) => (typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[name] : undefined), value);
  return {
    account: () => Promise.reject(new Error('not asked for')),
    list: (list, query) => Promise.resolve({ objects: (objects.get(list as GatewayList) ?? []).filter((object) => Object.entries(query.filters ?? {}).every(([name, value]) => read(object.value, name) === value)), hasMore: false, observedAt: 1 }),
    get: (list, id) => {
      const found = objects.get(list)?.find((object) => object.id === id);
      return Promise.resolve(found && { ...found, observedAt: 1 });
    },
    invoiceLines: () => Promise.reject(new Error('not asked for')),
    subscriptionItems: () => Promise.reject(new Error('not asked for')),
  };
}

const listBooks = sql('test.books', 'SELECT e.idempotency_key, e.entry_date, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id ORDER BY e.idempotency_key, p.line_number');

describe('the books do not depend on what arrived when', () => {
  const company = createCompany({ size: 'small', seed: 1 });
  const objects = objectsOfSomeCustomers(company);
  const arriving = [...objects.values()].flat();
  const clock = fixedClock(1);
  const timeZone = new TimeZone('America/New_York');
  let inOrder: unknown[];

  /** Takes the objects in an order, posting in between after each of the given counts. */
  async function booksAfter(database: SqliteDatabase, order: readonly GatewayObject[], postAfter: ReadonlySet<number>): Promise<unknown[]> {
    database.connection.pragma('synchronous = OFF'); // nothing here must survive a power cut
    database.transaction('rates', (writable) => loadExchangeRates(writable, company));
    const { unitOfWork } = database;
    const objectIntake = createObjectIntake({ mirror: createMirror({ timeZone }), clock });
    const projection = createFactProjection({ readable: database, unitOfWork, journal: createJournal({ clock }), clock, timeZone });
    const post = async (): Promise<void> => {
      const completion = createFactCompletion({ functionalCurrency: 'usd', readable: database, unitOfWork, source: gatewayOf(objects), objectIntake, timeZone });
      await completion.completeWaiting(0, unattended);
      expect(await projection.projectWaiting(identity, completion.isGone, unattended)).toMatchObject({ refused: 0 });
    };
    for (const [index, object] of order.entries()) {
      unitOfWork.run('take', (writable) => objectIntake.take(writable, { object }, 1));
      if (postAfter.has(index)) await post();
    }
    await post();
    return database.all(listBooks);
  }

  beforeAll(async () => {
    using ledger = openTemporaryDatabase();
    inOrder = await booksAfter(ledger.database, arriving, new Set());
  });

  it('for a set that has every kind of entry worth the trouble', () => {
    const kinds = new Set((inOrder as { idempotency_key: string }[]).map((row) => row.idempotency_key.split('/').at(-1)));
    expect([...kinds]).toEqual(expect.arrayContaining(['invoice-finalised', 'payment', 'refund', 'dispute', 'credit-note-issued']));
  });

  it('in any order, with duplicates, posted in any number of rounds', async () => {
    const places = arriving.map((_, index) => index);
    const order = fc.shuffledSubarray(places, { minLength: places.length, maxLength: places.length });
    const rounds = fc.uniqueArray(fc.nat(arriving.length - 1), { maxLength: 4 });
    const twice = fc.shuffledSubarray(places, { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(order, rounds, twice, async (permuted, postAfter, again) => {
        using ledger = openTemporaryDatabase();
        expect(await booksAfter(ledger.database, [...permuted, ...again].flatMap((place) => arriving[place] ?? []), new Set(postAfter))).toEqual(inOrder);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('an invoice that was looked at, and that another fact’s question brings in a newer state', () => {
  it('is looked at again: the record of what was paid outside is asked for before it is posted', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const clock = fixedClock(1);
    const timeZone = new TimeZone('America/New_York');
    const objectOf = (value: Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string }): GatewayObject => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });
    const invoiceOf = (id: string, created: number, change: Readonly<Record<string, unknown>>) => objectOf({ id, object: 'invoice', customer: 'cus_1', currency: 'eur', status: 'open', total: 1_000, amount_due: 1_000, amount_paid: 0, created, status_transitions: { finalized_at: created }, starting_balance: 0, ending_balance: 0, lines: { data: [] }, ...change });
    const paymentOf = (id: string, amount: number, payment: Readonly<Record<string, unknown>>) => objectOf({ id, object: 'invoice_payment', invoice: 'in_1', amount_paid: amount, amount_requested: amount, currency: 'eur', status: 'paid', created: 150, status_transitions: { paid_at: 150 }, payment });
    const byCard = paymentOf('inpay_1', 100, { type: 'payment_intent', payment_intent: 'pi_1' });
    // Which rate credit goes at depends on all the customer's invoices, and this one has been paid meanwhile.
    const credit = objectOf({ id: 'cbtxn_1', object: 'customer_balance_transaction', customer: 'cus_1', type: 'adjustment', amount: -50, currency: 'eur', created: 200, invoice: null, credit_note: null, description: null });
    const paidSince = invoiceOf('in_1', 100, { status: 'paid', amount_paid: 1_000, status_transitions: { finalized_at: 100, paid_at: 160 } });
    const gateway = gatewayOf(new Map<GatewayList, GatewayObject[]>([['invoices', [paidSince]], ['invoice_payments', [byCard, paymentOf('inpay_2', 900, { type: 'payment_record' })]]]));
    const source: GatewaySource = { ...gateway, list: async (...question) => ({ ...(await gateway.list(...question)), observedAt: 2 }) };
    const objectIntake = createObjectIntake({ mirror: createMirror({ timeZone }), clock });
    database.transaction('arrive', (writable) => objectIntake.takeAll(writable, [invoiceOf('in_1', 100, { amount_paid: 100 }), byCard, credit].map((object) => ({ object })), 1));
    await createFactCompletion({ readable: database, unitOfWork: database.unitOfWork, source, objectIntake, timeZone, functionalCurrency: 'usd' }).completeWaiting(0, unattended);
    expect(database.all(sql('test.payments', 'SELECT id, amount_paid_minor AS minor FROM stripe_invoice_payments ORDER BY id'))).toEqual([{ id: 'inpay_1', minor: 100 }, { id: 'inpay_2', minor: 900 }]);
  });
});

describe('an invoice that was voided after its credit note was', () => {
  it('asks what became of the note, which nobody told: the tax that voiding takes back is all of it', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const clock = fixedClock(1);
    const timeZone = new TimeZone('America/New_York');
    const objectOf = (value: Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string }): GatewayObject => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });
    const invoice = objectOf({ id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'void', total: 1_100, total_taxes: [{ amount: 100, tax_behavior: 'exclusive' }], amount_due: 1_100, amount_paid: 0, created: 100, status_transitions: { finalized_at: 100, voided_at: 300 }, starting_balance: 0, ending_balance: 0, lines: { data: [] } });
    const noteOf = (change: Readonly<Record<string, unknown>>) => objectOf({ id: 'cn_1', object: 'credit_note', invoice: 'in_1', customer: 'cus_1', currency: 'usd', status: 'issued', amount: 550, total: 550, subtotal: 500, total_taxes: [{ amount: 50, tax_behavior: 'exclusive' }], pre_payment_amount: 550, post_payment_amount: 0, created: 150, voided_at: null, refunds: [], lines: { data: [] }, ...change });
    const gateway = gatewayOf(new Map<GatewayList, GatewayObject[]>([['invoices', [invoice]], ['credit_notes', [noteOf({ status: 'void', voided_at: 200 })]]]));
    const source: GatewaySource = { ...gateway, list: async (...question) => ({ ...(await gateway.list(...question)), observedAt: 2 }) };
    const objectIntake = createObjectIntake({ mirror: createMirror({ timeZone }), clock });
    database.transaction('arrive', (writable) => objectIntake.takeAll(writable, [noteOf({}), invoice].map((object) => ({ object })), 1));
    await createFactCompletion({ readable: database, unitOfWork: database.unitOfWork, source, objectIntake, timeZone, functionalCurrency: 'usd' }).completeWaiting(0, unattended);
    expect(database.all(sql('test.notes', 'SELECT id, status, voided_at AS "voidedAt" FROM stripe_credit_notes'))).toEqual([{ id: 'cn_1', status: 'void', voidedAt: 200_000 }]);
  });
});
