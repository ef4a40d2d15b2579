import type { z } from 'zod';
import type { DaybookClient } from '../../shared/api/contract.ts';
import type { draftEditSchema, invoiceDraftSchema, invoiceStandingSchema } from '../../shared/api/invoice-lifecycle.contract.ts';
import { ConflictError, ValidationError } from '../../shared/errors/errors.ts';
import { fromDecimalString } from '../../shared/money/money.ts';
import { newId } from '../../main/platform/ids.ts';
import { moneyText, type HumanOutput, type Output } from '../output.ts';
import { ageingFigures } from '../../shared/api/invoice-why.contract.ts';
import type { CommandAction } from './command.ts';
import { printWhy } from './why.ts';

type Standing = z.infer<typeof invoiceStandingSchema>;
type Draft = z.infer<typeof invoiceDraftSchema>;
type Edit = z.infer<typeof draftEditSchema>;

function printStanding(out: HumanOutput, invoice: Standing): void {
  out.line(`${invoice.number ?? invoice.id} · ${invoice.status.replace('_', ' ')}`);
  const figures = [['Payable', invoice.payableMinor], ['Paid', invoice.paidMinor], ['Credited', invoice.creditedMinor], ['Withheld', invoice.withheldMinor], ['Given up', invoice.writtenOffMinor], ['Voided', invoice.voidedMinor], ['Due', invoice.dueMinor]] as const;
  for (const [label, amount] of figures) if (amount !== 0 || label === 'Payable' || label === 'Due') out.line(`${label.padEnd(12)} ${moneyText(amount, invoice.currency).padStart(20)}`);
  out.table(invoice.acts, [
    { title: 'Date', text: (act) => act.on },
    { title: 'Act', text: (act) => (act.reversedBy === null ? act.kind : `${act.kind}, taken back`) },
    { title: 'Amount', align: 'right', text: (act) => moneyText(act.amount.amount, act.amount.currency) },
    { title: 'Number, reference', text: (act) => act.number ?? act.reference ?? '' },
    { title: 'Reason', text: (act) => act.reason ?? '' },
    { title: 'By', text: (act) => act.actor },
    { title: 'Id', text: (act) => act.id },
  ]);
}

export function answerActs<Answer extends { invoices: Standing[] }>(output: Output, answer: Answer): 0 {
  output.answer(answer, (out) => answer.invoices.forEach((invoice) => printStanding(out, invoice)));
  return 0;
}

/** `id` or `id=amount`; without an amount all that is due. */
async function readAllocations(client: Parameters<CommandAction>[0]['client'], texts: readonly string[]): Promise<{ invoiceId: string; amountMinor: number; currency: string }[]> {
  const read = async (text: string): Promise<{ invoiceId: string; amountMinor: number; currency: string }> => {
    const [id = '', amount] = text.split('=');
    const { currency, dueMinor, id: invoiceId } = await client.invoices.standing({ id });
    return { invoiceId, currency, amountMinor: amount === undefined ? dueMinor : fromDecimalString(amount, currency) };
  };
  return Promise.all(texts.map(read));
}

export function showStanding(id: string): CommandAction {
  return async ({ client, output }) => {
    const standing = await client.invoices.standing({ id });
    output.answer(standing, (out) => printStanding(out, standing));
    return 0;
  };
}

export function finaliseInvoice(id: string): CommandAction {
  return async ({ client, output }) => {
    const { id: invoiceId } = await client.invoices.standing({ id });
    const { failed } = await client.invoices.finalise({ commandId: newId(), ids: [invoiceId] });
    const [failure] = failed;
    if (failure) throw new ConflictError(failure.code, failure.message, failure.nextStep === null ? {} : { nextStep: failure.nextStep });
    const standing = await client.invoices.standing({ id: invoiceId });
    output.answer(standing, (out) => printStanding(out, standing));
    return 0;
  };
}

export function payInvoices(invoices: readonly string[], options: { amount?: string; currency?: string; on: string; reference: string; customer?: string }): CommandAction {
  return async ({ client, output }) => {
    const allocations = await readAllocations(client, invoices);
    const currency = options.currency ?? allocations[0]?.currency;
    if (currency === undefined) throw new ValidationError('input-invalid', 'A receipt without an invoice needs --currency, --amount and --customer.');
    const amountMinor = options.amount === undefined ? allocations.reduce((sum, { amountMinor: part }) => sum + part, 0) : fromDecimalString(options.amount, currency);
    const answer = await client.invoices.recordReceipt({
      commandId: newId(), on: options.on, amountMinor, currency, bankReference: options.reference, allocations: allocations.map(({ invoiceId, amountMinor: part }) => ({ invoiceId, amountMinor: part })), ...(options.customer ? { partyId: options.customer } : {}),
    });
    output.answer(answer, (out) => {
      answer.invoices.forEach((invoice) => printStanding(out, invoice));
      out.line(`Receipt ${answer.receipt.id}: ${moneyText(answer.receipt.unapplied.amount, currency)} unapplied`);
    });
    return 0;
  };
}

export function applyReceipt(receiptId: string, invoices: readonly string[], options: { on?: string }): CommandAction {
  return async ({ client, output }) => {
    const allocations = (await readAllocations(client, invoices)).map(({ invoiceId, amountMinor }) => ({ invoiceId, amountMinor }));
    return answerActs(output, await client.invoices.applyReceipt({ commandId: newId(), receiptId, allocations, ...(options.on ? { on: options.on } : {}) }));
  };
}

export function reverseAct(actId: string, options: { reason: string; on?: string }): CommandAction {
  return async ({ client, output }) => answerActs(output, await client.invoices.reverseAct({ commandId: newId(), actId, ...options }));
}

/** Lines as `number=amount`, the first line being 1; without them all that is left. */
export function creditInvoice(id: string, options: { line?: string[]; settle: 'offset' | 'refund' | 'credit'; reason: string; on?: string; expires?: string; dryRun?: boolean }): CommandAction {
  return async ({ client, output }) => {
    const { currency } = await client.invoices.standing({ id });
    const lines = options.line?.map((text) => {
      const [place = '', amount = ''] = text.split('=');
      return { lineIndex: Number(place) - 1, netMinor: fromDecimalString(amount, currency) };
    }) ?? null;
    if (options.dryRun) {
      const preview = await client.invoices.previewCredit({ id, lines, settlement: options.settle });
      output.answer(preview, (out) => out.line(`It would credit ${moneyText(preview.totalMinor, currency)}: ${moneyText(preview.offsetMinor, currency)} off what is due, ${moneyText(preview.restMinor, currency)} to give back.`));
      return 0;
    }
    const answer = await client.invoices.credit({ commandId: newId(), id, lines, settlement: options.settle, reason: options.reason, ...(options.on ? { on: options.on } : {}), ...(options.expires ? { expiresOn: options.expires } : {}) });
    output.answer(answer, (out) => {
      out.line(`Credit note ${answer.creditNote.number}: ${moneyText(answer.creditNote.totalMinor, currency)} (${answer.creditNote.id})`);
      answer.invoices.forEach((invoice) => printStanding(out, invoice));
    });
    return 0;
  };
}

export function payRefund(creditNoteId: string, options: { reference: string; on?: string }): CommandAction {
  return async ({ client, output }) => answerActs(output, await client.invoices.payRefund({ commandId: newId(), creditNoteId, bankReference: options.reference, ...(options.on ? { on: options.on } : {}) }));
}

export function markSent(id: string, options: { on?: string }): CommandAction {
  return async ({ client, output }) => answerActs(output, await client.invoices.markSent({ commandId: newId(), id, ...options }));
}

export function markUncollectible(id: string, options: { reason: string; on?: string }): CommandAction {
  return async ({ client, output }) => answerActs(output, await client.invoices.markUncollectible({ commandId: newId(), id, ...options }));
}

export function writeOff(id: string, options: { amount?: string; reason: string; on?: string }): CommandAction {
  return async ({ client, output }) => {
    const { amount, ...others } = options;
    const amountMinor = amount === undefined ? undefined : fromDecimalString(amount, (await client.invoices.standing({ id })).currency);
    return answerActs(output, await client.invoices.writeOff({ commandId: newId(), id, ...others, ...(amountMinor === undefined ? {} : { amountMinor }) }));
  };
}

/** In minor units of the invoice's currency, as every currency has its own. */
export function writeOffLimit(options: { set?: number }): CommandAction {
  return async ({ client, output }) => {
    const limit = options.set === undefined ? await client.invoices.writeOffLimit({}) : await client.invoices.setWriteOffLimit({ commandId: newId(), limitMinor: options.set });
    output.answer(limit, (out) => out.line(`A rest of at most ${limit.limitMinor.toLocaleString('en-US')} minor units may be written off.`));
    return 0;
  };
}

export function recordWithholding(id: string, options: { amount: string; certificate: string; on?: string }): CommandAction {
  return async ({ client, output }) => {
    const { amount, ...others } = options;
    return answerActs(output, await client.invoices.recordWithholding({ commandId: newId(), id, ...others, amountMinor: fromDecimalString(amount, (await client.invoices.standing({ id })).currency) }));
  };
}

export function voidInvoice(id: string, options: { reason: string; regenerate?: boolean; finalise?: boolean }): CommandAction {
  return async (context) => {
    const { client, output } = context;
    const { id: invoiceId } = await client.invoices.standing({ id });
    if (!options.regenerate) {
      await client.invoices.void({ commandId: newId(), id: invoiceId, reason: options.reason });
      return showStanding(invoiceId)(context);
    }
    const answer = await client.invoices.voidAndRegenerate({ commandId: newId(), id: invoiceId, reason: options.reason, finalise: options.finalise ?? false });
    output.answer(answer, (out) => out.line(`${id} is void; ${answer.number ?? `the draft ${answer.newId}`} stands in for it.`));
    return 0;
  };
}

export function listReceipts(options: { customer?: string; invoice?: string; unapplied?: boolean; limit: number }): CommandAction {
  return async ({ client, output }) => {
    const receipts = await client.invoices.listReceipts({ onlyUnapplied: options.unapplied ?? false, limit: options.limit, ...(options.customer ? { partyId: options.customer } : {}), ...(options.invoice ? { invoiceId: options.invoice } : {}) });
    output.answer({ receipts }, (out) => out.table(receipts, [
      { title: 'Date', text: (row) => row.on },
      { title: 'Customer', text: (row) => row.customerName },
      { title: 'Amount', align: 'right', text: (row) => moneyText(row.amount.amount, row.amount.currency) },
      { title: 'Unapplied', align: 'right', text: (row) => moneyText(row.unapplied.amount, row.unapplied.currency) },
      { title: 'Reference', text: (row) => (row.isReversed ? `${row.bankReference}, taken back` : row.bankReference) },
      { title: 'Id', text: (row) => row.id },
    ]));
    return 0;
  };
}

/** What ties the sum of ageing to the books: 'Accounts receivable 1,253.22 EUR: 1,167.81 EUR of these invoices, the same; 85.41 EUR of Stripe’s own.' */
function tieText({ currency, balanceMinor, differenceMinor, othersMinor }: Awaited<ReturnType<DaybookClient['invoices']['ageing']>>['accounts'][number]): string {
  const tied = differenceMinor === 0 ? 'the same' : `${moneyText(differenceMinor, currency)} is not in the books yet`;
  const ours = `${moneyText(balanceMinor, currency)} of these invoices, ${tied}`;
  return othersMinor === null ? `Accounts receivable: ${ours}.` : `Accounts receivable ${moneyText(balanceMinor + othersMinor, currency)}: ${ours}; ${moneyText(othersMinor, currency)} of Stripe’s own, which Stripe collects.`;
}

export function showAgeing(options: { asOf?: string; customer?: string; why?: boolean }): CommandAction {
  return async ({ client, output }) => {
    const ageing = await client.invoices.ageing({ ...(options.asOf ? { asOf: options.asOf } : {}), ...(options.customer ? { partyId: options.customer } : {}) });
    const figures = options.why ? ageing.totals.flatMap(({ currency, ...total }) => ageingFigures.filter((figure) => figure === 'account' || figure === 'unapplied' || figure === 'credit' || total[figure] !== 0).map((figure) => ({ figure, currency, asOf: ageing.asOf, ...(options.customer ? { partyId: options.customer } : {}) }))) : null;
    const whys = figures && (await Promise.all(figures.map((figure) => client.invoices.ageingWhy(figure))));
    output.answer(whys === null ? ageing : { ...ageing, why: whys }, (out) => {
      out.line(`Open at the end of ${ageing.asOf}`);
      const sumOf = (currency: string, of: 'unappliedMinor' | 'creditMinor'): number => ageing.rows.filter((row) => row.currency === currency).reduce((sum, row) => sum + row[of], 0);
      const totals = ageing.totals.map((total) => ({ ...total, customerName: 'Together', unappliedMinor: sumOf(total.currency, 'unappliedMinor'), creditMinor: sumOf(total.currency, 'creditMinor') }));
      out.table([...ageing.rows, ...totals], [
        { title: 'Customer', text: (row) => row.customerName },
        { title: 'Current', align: 'right', text: (row) => moneyText(row.currentMinor, row.currency) },
        { title: '1–30', align: 'right', text: (row) => moneyText(row.days1To30Minor, row.currency) },
        { title: '31–60', align: 'right', text: (row) => moneyText(row.days31To60Minor, row.currency) },
        { title: '61–90', align: 'right', text: (row) => moneyText(row.days61To90Minor, row.currency) },
        { title: '91+', align: 'right', text: (row) => moneyText(row.days91PlusMinor, row.currency) },
        { title: 'Total', align: 'right', text: (row) => moneyText(row.totalMinor, row.currency) },
        { title: 'Unapplied', align: 'right', text: (row) => (row.unappliedMinor === 0 ? '' : moneyText(row.unappliedMinor, row.currency)) },
        { title: 'Credit', align: 'right', text: (row) => (row.creditMinor === 0 ? '' : moneyText(row.creditMinor, row.currency)) },
      ]);
      for (const account of ageing.accounts) out.line(tieText(account));
      for (const why of whys ?? []) printWhy(out, why);
    });
    return ageing.accounts.some((account) => account.differenceMinor !== 0) ? 1 : 0;
  };
}

export function showStatement(partyId: string, options: { from: string; to: string }): CommandAction {
  return async ({ client, output }) => {
    const statement = await client.invoices.statement({ partyId, ...options });
    output.answer(statement, (out) => {
      out.line(`${statement.customerName}, ${statement.from} to ${statement.to}`);
      for (const { currency, openingMinor, closingMinor, lines, inFavour } of statement.currencies) {
        out.line(`Opening ${moneyText(openingMinor, currency)}`);
        out.table(lines, [
          { title: 'Date', text: (line) => line.on },
          { title: 'What', text: (line) => line.text },
          { title: 'Document', text: (line) => line.document },
          { title: 'Debit', align: 'right', text: (line) => (line.debitMinor === 0 ? '' : moneyText(line.debitMinor, currency)) },
          { title: 'Credit', align: 'right', text: (line) => (line.creditMinor === 0 ? '' : moneyText(line.creditMinor, currency)) },
          { title: 'Balance', align: 'right', text: (line) => moneyText(line.balanceMinor, currency) },
        ]);
        out.line(`Closing ${moneyText(closingMinor, currency)}`);
        if (inFavour.openingMinor === 0 && inFavour.lines.length === 0) continue;
        out.line(`With us ${moneyText(inFavour.openingMinor, currency)} at first`);
        out.table(inFavour.lines, [
          { title: 'Date', text: (line) => line.on },
          { title: 'What', text: (line) => line.text },
          { title: 'Document', text: (line) => line.document },
          { title: 'Amount', align: 'right', text: (line) => moneyText(line.amountMinor, currency) },
          { title: 'Balance', align: 'right', text: (line) => moneyText(line.balanceMinor, currency) },
        ]);
        out.line(`With us ${moneyText(inFavour.closingMinor, currency)} at last`);
      }
    });
    return 0;
  };
}

// ── Drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function printDraft(out: HumanOutput, draft: Draft): void {
  out.line(`Draft ${draft.id} · ${draft.customerName} · version ${draft.version}`);
  out.table(draft.lines, [
    { title: 'No', align: 'right', text: (line) => String(draft.lines.indexOf(line) + 1) },
    { title: 'Line', text: (line) => (line.isRemoved ? `${line.description} (taken out)` : line.description) },
    { title: 'Quantity', align: 'right', text: (line) => line.quantity ?? '' },
    { title: 'Price', align: 'right', text: (line) => line.unitPrice ?? '' },
    { title: 'Amount', align: 'right', text: (line) => moneyText(line.amountMinor, draft.currency) },
    { title: 'Rated', align: 'right', text: (line) => (line.rated && line.rated.amountMinor !== line.amountMinor ? moneyText(line.rated.amountMinor, draft.currency) : '') },
    { title: 'Why', text: (line) => line.edit?.reason ?? '' },
  ]);
  const { totals } = draft;
  for (const [label, amount] of [['Subtotal', totals.subtotalMinor], ['Discount', -totals.discountMinor], ['Tax', totals.taxMinor], ['Total', totals.totalMinor], ['Withholding', -totals.withholdingMinor], ['Payable', totals.payableMinor]] as const) {
    if (amount !== 0 || label === 'Total') out.line(`${label.padEnd(12)} ${moneyText(amount, draft.currency).padStart(20)}`);
  }
  for (const problem of draft.problems) out.line(`  ${problem.message} (${problem.code})`);
}

export interface DraftFlags {
  /** `quantity×price description`, the description behind a colon: `3x100:Onboarding`, or an amount: `250:Travel`. */
  readonly addLine?: string[];
  /** `number=amount`, the first line being 1. */
  readonly amount?: string[];
  readonly removeLine?: string[];
  readonly discount?: string;
  readonly notes?: string;
  readonly po?: string;
  readonly issue?: string;
  readonly due?: string;
  readonly reason?: string;
}

/** A customer that is typed in; on a draft only what is given changes. */
export interface CustomerFlags {
  readonly name?: string;
  readonly legalName?: string;
  readonly address?: string[];
  readonly country?: string;
  readonly email?: string;
  readonly taxNumber?: string;
}

export interface EditFlags extends DraftFlags, CustomerFlags {
  readonly takeRecords?: boolean;
}

/** Nothing written takes what stands there away. */
function customerEdit({ name, legalName, address, country, email, taxNumber }: CustomerFlags): Edit[] {
  const orNone = (text: string): string | null => (text.trim() === '' ? null : text.trim());
  const given = {
    ...(name === undefined ? {} : { name }), ...(legalName === undefined ? {} : { legalName: orNone(legalName) }), ...(address === undefined ? {} : { address: address.filter((line) => line.trim() !== '') }), ...(country === undefined ? {} : { country: orNone(country) }), ...(email === undefined ? {} : { email: orNone(email) }),
    ...(taxNumber === undefined ? {} : { taxNumber: orNone(taxNumber) }),
  };
  return Object.keys(given).length === 0 ? [] : [{ kind: 'set-customer', ...given }];
}

function editsOf(draft: Draft, flags: DraftFlags): Edit[] {
  const lineAt = (place: string): string => {
    const line = draft.lines[Number(place) - 1];
    if (!line) throw new ValidationError('input-invalid', `The draft has no line ${place}.`);
    return line.id;
  };
  const reason = flags.reason === undefined ? {} : { reason: flags.reason };
  const details = { ...(flags.notes === undefined ? {} : { notes: flags.notes }), ...(flags.po === undefined ? {} : { purchaseOrderNumber: flags.po }), ...(flags.issue ? { issueDate: flags.issue } : {}), ...(flags.due ? { dueDate: flags.due } : {}) };
  return [
    ...(flags.amount ?? []).map((text): Edit => {
      const [place = '', amount = ''] = text.split('=');
      return { kind: 'change-line', lineId: lineAt(place), amountMinor: fromDecimalString(amount, draft.currency), ...reason };
    }),
    ...(flags.removeLine ?? []).map((place): Edit => ({ kind: 'remove-line', lineId: lineAt(place), ...reason })),
    ...(flags.addLine ?? []).map((text): Edit => addedLine(text, draft.currency)),
    ...(flags.discount === undefined ? [] : [{ kind: 'set-discount', discount: discountFrom(flags.discount, draft.currency), ...reason } satisfies Edit]),
    ...(Object.keys(details).length === 0 ? [] : [{ kind: 'set-details', ...details } satisfies Edit]),
  ];
}

function addedLine(text: string, currency: string): Edit {
  const [figures = '', ...words] = text.split(':');
  const [quantity, unitPrice] = figures.split('x');
  const line = { kind: 'add-line' as const, lineId: newId(), description: words.join(':').trim(), discount: null, tax: null, beforeLineId: null };
  if (line.description === '') throw new ValidationError('input-invalid', 'A line looks like 3x100:Onboarding, or 250:Travel.');
  return unitPrice === undefined ? { ...line, quantity: null, unitPrice: null, amountMinor: fromDecimalString(figures, currency) } : { ...line, quantity: quantity ?? '1', unitPrice, amountMinor: null };
}

/** Percent with at most two decimals, as a currency of two decimals is read. */
const basisPointsOf = (text: string): number => fromDecimalString(text, 'eur');

/** `5%` or an amount; `none` takes it away. */
function discountFrom(text: string, currency: string): Extract<Edit, { kind: 'set-discount' }>['discount'] {
  if (text === 'none') return null;
  return text.endsWith('%') ? { kind: 'percentage', basisPoints: basisPointsOf(text.slice(0, -1)) } : { kind: 'amount', amountMinor: fromDecimalString(text, currency) };
}

export function editDraft(id: string, flags: EditFlags): CommandAction {
  return async ({ client, output }) => {
    const seen = await client.invoices.draft({ id });
    const edits = [...(flags.takeRecords ? [{ kind: 'take-records' } satisfies Edit] : []), ...customerEdit(flags), ...editsOf(seen, flags)];
    const draft = edits.length === 0 ? seen : await client.invoices.editDraft({ commandId: newId(), id: seen.id, version: seen.version, edits });
    output.answer(draft, (out) => printDraft(out, draft));
    return 0;
  };
}

export function discardDraft(id: string, { reason }: { readonly reason: string }): CommandAction {
  return async ({ client, output }) => {
    const { id: draftId } = await client.invoices.draft({ id });
    const discarded = await client.invoices.discardDraft({ commandId: newId(), id: draftId, reason });
    output.answer(discarded, (out) => out.line(`The draft ${discarded.id} was discarded.`));
    return 0;
  };
}

export function newOneOff({ name, legalName, address, country, email, taxNumber, ...options }: DraftFlags & CustomerFlags & { partner?: string; currency: string; terms: number }): CommandAction {
  return async (context) => {
    if ((options.partner === undefined) === (name === undefined)) throw new ValidationError('input-invalid', 'Name a partner with --partner, or a customer with --name.');
    const customer = options.partner === undefined
      ? { kind: 'typed' as const, name: name ?? '', address: address ?? [], country: country ?? null, taxNumber: taxNumber ?? null, legalName: legalName ?? null, email: email ?? null }
      : { kind: 'partner' as const, partnerId: options.partner };
    const empty = await context.client.invoices.createOneOff({ commandId: newId(), id: newId(), customer, currency: options.currency, paymentTermsDays: options.terms });
    try {
      return await editDraft(empty.id, options)(context);
    } catch (error) {
      // What could not be written as it was asked for leaves no empty draft behind; where that fails as well, the first error is the one to tell.
      await context.client.invoices.discardDraft({ commandId: newId(), id: empty.id, reason: 'Its lines could not be written' }).catch(() => undefined);
      throw error;
    }
  };
}
