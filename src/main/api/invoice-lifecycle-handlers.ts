import type { Clock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { checkVatId } from '../../shared/tax/vat-id.ts';
import type { Act } from '../billing/invoice-recorder.ts';
import type { DraftView, InvoiceDrafts } from '../billing/invoice-drafts.ts';
import type { createInvoiceRegeneration } from '../billing/invoice-regeneration.ts';
import { oneOffRecordsChanged, taxRoundingIsAnother } from '../billing/draft-records.ts';
import { typedOf } from '../billing/typed-customer.ts';
import { contractProblem, draftProblems } from '../billing/draft-problems.ts';
import { ratesOn, type TaxRate } from '../billing/tax-rules.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import type { AccountStatements } from '../documents/account-statements.ts';
import { ageingOf, statementOf, sumBuckets, withOwedToCustomers } from '../receivables/ageing-calculation.ts';
import type { ReceivableViews } from '../receivables/receivable-views.ts';
import type { DoneActs, Receivables } from '../receivables/receivables.ts';
import { readCustomerCredits, readOwedMovements, readReceivableAccount, readReceivableBalances, readReceivableMovements, readUnapplied } from '../reporting/ageing.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';

export interface InvoiceLifecycleHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly drafts: InvoiceDrafts;
  readonly receivables: Receivables;
  readonly views: ReceivableViews;
  readonly statements: AccountStatements;
  readonly voidAndRegenerate: ReturnType<typeof createInvoiceRegeneration>;
  readonly taxRates: () => readonly TaxRate[];
  readonly hub: ChangeHub;
  /** Sends what a command posted to the sealer of a shared ledger; what cannot be sent waits. */
  readonly sealPosted?: (control: WorkControl) => Promise<void>;
}

/** Drafts, acts on finalised invoices, receipts, credit notes and ageing. */
export function createInvoiceLifecycleHandlers(dependencies: InvoiceLifecycleHandlersDependencies) {
  return { ...draftHandlers(dependencies), ...actHandlers(dependencies), ...receiptHandlers(dependencies), ...creditHandlers(dependencies), ...readingHandlers(dependencies) };
}

/** Runs a command once, for accountants, and says afterwards what is stale. */
function commandRunner({ hub, sealPosted }: InvoiceLifecycleHandlersDependencies) {
  return async function runOnce<Input extends { commandId: string }, Output>(name: string, input: Input, context: ApiContext, work: (act: Act) => Promise<Output>, idsOf: (output: Output) => string[]): Promise<Output> {
    requireRole(context, 'accountant');
    return context.commands.once(`invoices.${name}`, input, async () => {
      const output = await work({ actor: context.user, requestId: input.commandId });
      await sealPosted?.(unattended);
      hub.publish({ entity: 'invoices', ids: idsOf(output) });
      for (const entity of ['partners', 'ledger', 'today', 'status'] as const) hub.publish({ entity, ids: [] });
      return output;
    });
  };
}

function draftHandlers(dependencies: InvoiceLifecycleHandlersDependencies) {
  const { drafts, voidAndRegenerate } = dependencies;
  const runOnce = commandRunner(dependencies);
  const view = (draft: DraftView) => draftView(dependencies, draft);
  const idsOf = ({ id }: { id: string }): string[] => [id];
  return {
    draft: api.invoices.draft.handler(({ input }) => view(drafts.read(input.id))),
    editDraft: api.invoices.editDraft.handler(({ input, context }) => runOnce('editDraft', input, context, async (act) => view(await drafts.edit(input.id, input.version, input.edits, act)), idsOf)),
    createOneOff: api.invoices.createOneOff.handler(({ input, context }) => runOnce('createOneOff', input, context, async (act) => view(await drafts.createOneOff(input, act)), idsOf)),
    discardDraft: api.invoices.discardDraft.handler(({ input, context }) => runOnce('discardDraft', input, context, async (act) => ({ id: (await drafts.discard(input.id, input.reason, act)).id }), idsOf)),
    voidAndRegenerate: api.invoices.voidAndRegenerate.handler(({ input, context }) =>
      runOnce('voidAndRegenerate', input, context, async (act) => {
        const { voided, next } = await voidAndRegenerate(input.id, input, act);
        return { voidedId: voided.id, newId: next.id, number: next.number };
      }, ({ voidedId, newId }) => [voidedId, newId])),
  };
}

function actHandlers(dependencies: InvoiceLifecycleHandlersDependencies) {
  const { receivables, views } = dependencies;
  const runOnce = commandRunner(dependencies);
  const answer = ({ actIds, invoices }: DoneActs) => ({ actIds: [...actIds], invoices: invoices.map(views.standingOf) });
  const idsOf = (output: ReturnType<typeof answer>): string[] => output.invoices.map((invoice) => invoice.id);
  return {
    standing: api.invoices.standing.handler(({ input }) => views.standing(input.id)),
    markSent: api.invoices.markSent.handler(({ input, context }) => runOnce('markSent', input, context, async (act) => answer(await receivables.markSent(input.id, input.on, act)), idsOf)),
    previewCredit: api.invoices.previewCredit.handler(({ input }) => {
      const { invoice, lines, netMinor, taxMinor, withholdingMinor, offsetMinor, restMinor } = receivables.previewCredit(input.id, input);
      return { invoiceId: invoice.id, currency: invoice.currency, lines: [...lines], netMinor, taxMinor, totalMinor: netMinor + taxMinor, withholdingMinor, offsetMinor, restMinor, settlement: input.settlement };
    }),
    credit: api.invoices.credit.handler(({ input, context }) =>
      runOnce('credit', input, context, async (act) => {
        const done = await receivables.credit(input.id, input, act);
        return { ...answer(done), creditNote: views.creditNote(done.actIds[0]) };
      }, idsOf)),
    payRefund: api.invoices.payRefund.handler(({ input, context }) => runOnce('payRefund', input, context, async (act) => answer(await receivables.payRefund(input.creditNoteId, input, act)), idsOf)),
    payOutCredit: api.invoices.payOutCredit.handler(({ input, context }) => runOnce('payOutCredit', input, context, async (act) => answer(await receivables.payOutCredit(input.source, input, act)), idsOf)),
    markUncollectible: api.invoices.markUncollectible.handler(({ input, context }) => runOnce('markUncollectible', input, context, async (act) => answer(await receivables.markUncollectible(input.id, input, act)), idsOf)),
    writeOff: api.invoices.writeOff.handler(({ input, context }) => runOnce('writeOff', input, context, async (act) => answer(await receivables.writeOff(input.id, input, act)), idsOf)),
    writeOffLimit: api.invoices.writeOffLimit.handler(async () => ({ limitMinor: await receivables.writeOffLimit() })),
    setWriteOffLimit: api.invoices.setWriteOffLimit.handler(({ input, context }) => {
      requireRole(context, 'admin');
      return runOnce('setWriteOffLimit', input, context, async (act) => ({ limitMinor: await receivables.setWriteOffLimit(input.limitMinor, act) }), () => []);
    }),
    recordWithholding: api.invoices.recordWithholding.handler(({ input, context }) => runOnce('recordWithholding', input, context, async (act) => answer(await receivables.recordWithholding(input.id, input, act)), idsOf)),
    reverseAct: api.invoices.reverseAct.handler(({ input, context }) => runOnce('reverseAct', input, context, async (act) => answer(await receivables.reverse(input.actId, input, act)), idsOf)),
  };
}

function receiptHandlers(dependencies: InvoiceLifecycleHandlersDependencies) {
  const { receivables, views } = dependencies;
  const runOnce = commandRunner(dependencies);
  const answer = ({ actIds, invoices }: DoneActs, receiptId: string | undefined) => ({ actIds: [...actIds], invoices: invoices.map(views.standingOf), receipt: views.receipt(receiptId) });
  const idsOf = (output: ReturnType<typeof answer>): string[] => output.invoices.map((invoice) => invoice.id);
  return {
    recordReceipt: api.invoices.recordReceipt.handler(({ input, context }) =>
      runOnce('recordReceipt', input, context, async (act) => {
        const done = await receivables.recordReceipt(input, act);
        return answer(done, done.actIds[0]);
      }, idsOf)),
    applyReceipt: api.invoices.applyReceipt.handler(({ input, context }) => runOnce('applyReceipt', input, context, async (act) => answer(await receivables.applyReceipt(input.receiptId, input, act), input.receiptId), idsOf)),
    // A viewer's desk holds no acts (docs/ownership.md).
    listReceipts: api.invoices.listReceipts.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return views.receipts(input);
    }),
    listCreditNotes: api.invoices.listCreditNotes.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return views.creditNotes(input);
    }),
  };
}

/** A viewer's desk holds no acts (docs/ownership.md). */
function creditHandlers({ receivables, views }: InvoiceLifecycleHandlersDependencies) {
  return {
    listCredits: api.invoices.listCredits.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return views.credits(input);
    }),
    previewCreditPayment: api.invoices.previewCreditPayment.handler(({ input, context }) => {
      requireRole(context, 'finance');
      const { postings, ...preview } = receivables.previewCreditPayment(input.source, input);
      return { ...preview, postings: postings.map(({ accountCode, direction, amount, currency }) => ({ accountCode, direction, amount: { amount, currency } })) };
    }),
  };
}

function readingHandlers({ readable, clock, timeZone, views, statements, taxRates }: InvoiceLifecycleHandlersDependencies) {
  return {
    ageing: api.invoices.ageing.handler(({ input, context }) => {
      requireRole(context, 'finance');
      const asOf = input.asOf === undefined ? timeZone.dateOf(clock.now()) : localDate(input.asOf);
      const partyId = input.partyId ?? null;
      const aged = ageingOf(readReceivableMovements(readable, partyId, timeZone), asOf);
      const rows = withOwedToCustomers(aged, readUnapplied(readable, partyId, asOf), readCustomerCredits(readable, partyId, asOf), views.customerName).map((row) => ({ ...row, invoices: [...row.invoices] }));
      const totals = [...Map.groupBy(aged, (row) => row.currency)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, ofCurrency]) => ({ currency, ...sumBuckets(ofCurrency) }));
      const balances = readReceivableBalances(readable, partyId, asOf);
      const whole = partyId === null ? readReceivableAccount(readable, asOf) : null;
      const accounts = [...new Set([...balances, ...totals, ...(whole ?? []).filter((each) => each.balanceMinor !== 0)].map(({ currency }) => currency))].sort().map((currency) => {
        const of = (some: readonly { readonly currency: string; readonly balanceMinor: number }[]): number => some.find((each) => each.currency === currency)?.balanceMinor ?? 0;
        const balanceMinor = of(balances);
        return { currency, balanceMinor, differenceMinor: (totals.find((total) => total.currency === currency)?.totalMinor ?? 0) - balanceMinor, othersMinor: whole && of(whole) - balanceMinor };
      });
      return { asOf, rows, totals, accounts };
    }),
    statement: api.invoices.statement.handler(({ input, context }) => {
      requireRole(context, 'finance');
      const currencies = statementOf(readReceivableMovements(readable, input.partyId, timeZone), readOwedMovements(readable, input.partyId), localDate(input.from), localDate(input.to)).map((currency) => ({ ...currency, lines: [...currency.lines], inFavour: { ...currency.inFavour, lines: [...currency.inFavour.lines] } }));
      return { partyId: input.partyId, customerName: views.customerName(input.partyId), from: input.from, to: input.to, currencies };
    }),
    statementPdf: api.invoices.statementPdf.handler(async ({ input, context }) => {
      requireRole(context, 'finance');
      const [from, to] = [localDate(input.from), localDate(input.to)];
      const { fileName, bytes } = await statements.make({ partyId: input.partyId, from, to, currencies: statementOf(readReceivableMovements(readable, input.partyId, timeZone), readOwedMovements(readable, input.partyId), from, to) });
      return { fileName, bytes: new Uint8Array(bytes) };
    }),
    taxRates: api.invoices.taxRates.handler(({ input }) => ratesOn(taxRates(), input.on ?? timeZone.dateOf(clock.now()))),
    checkVatId: api.invoices.checkVatId.handler(({ input }) => checkVatId(input.vatId, input.country ?? null)),
  };
}

/** Only what was typed in is edited on the draft. */
function customerOf({ kind, partnerId, snapshot }: DraftView['invoice']) {
  if (kind !== 'one-off' || partnerId !== null) return null;
  const { address, ...typed } = typedOf(snapshot.customer);
  return { ...typed, address: [...address] };
}

function draftView({ readable, views, clock, timeZone }: InvoiceLifecycleHandlersDependencies, { invoice, stored, composed, isAsRecorded, isTaxRoundedAsSet, isContractOver }: DraftView) {
  const { snapshot } = invoice;
  const { edits, basis } = stored;
  const { lineNets: _nets, lineDiscounts: _discounts, taxes, withholdings, ...totals } = composed.figures;
  return {
    id: invoice.id, version: invoice.version, totalsFingerprint: invoice.totalsFingerprint, kind: invoice.kind, billingMonth: invoice.month, customerName: snapshot.customer.name, partyId: invoice.partyId, customer: customerOf(invoice), currency: invoice.currency,
    lines: composed.lines.map(({ kind: _kind, ...line }) => line), discount: edits.discount, tax: { ...composed.tax, jurisdiction: snapshot.taxJurisdiction ?? null, exemptionReason: edits.exemptionReason, vatIdState: snapshot.vatIdState ?? null },
    priceMode: edits.priceMode, taxRounding: edits.taxRounding, withholdingBasisPoints: composed.withholdingBasisPoints, notes: edits.notes, purchaseOrderNumber: edits.purchaseOrderNumber === undefined ? basis.purchaseOrderNumber : edits.purchaseOrderNumber,
    issueDate: edits.issueDate, dueDate: edits.dueDate, paymentTermsDays: snapshot.paymentTermsDays, totals: { ...totals, taxes: [...taxes], withholdings: [...withholdings] },
    creditsAvailable: views.creditsOf(invoice.partyId, invoice.currency, timeZone.dateOf(clock.now())).map((credit) => ({ id: credit.id, remaining: { amount: credit.remainingMinor, currency: credit.currency }, expiresOn: credit.expiresOn, reason: credit.reason })),
    problems: [...(isAsRecorded ? [] : [{ code: 'records-changed', message: oneOffRecordsChanged }]), ...(isTaxRoundedAsSet || isContractOver ? [] : [{ code: 'tax-rounding-changed', message: taxRoundingIsAnother }]), ...contractProblem(invoice.month, isContractOver), ...draftProblems(invoice, composed, closedThrough(readable), timeZone.dateOf(clock.now()))],
  };
}
