import { assertInOrder } from '../../shared/calendar/local-date.ts';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { billingRunSchema, invoiceDetailSchema, invoiceRowSchema } from '../../shared/api/invoices.contract.ts';
import type { InvoiceFigureName } from '../../shared/api/invoice-why.contract.ts';
import { moneyText, writeOutputFile } from '../output.ts';
import { printWhy } from './why.ts';
import type { CommandAction } from './command.ts';

type BillingRun = z.infer<typeof billingRunSchema>;
type InvoiceRow = z.infer<typeof invoiceRowSchema>;

export function billPartners(options: { period: string; dryRun?: boolean; finalise?: boolean }): CommandAction {
  return async ({ client, output, runJob }) => {
    const result = options.dryRun
      ? await client.invoices.previewRun({ period: options.period })
      : ((await runJob('partner-billing', { period: options.period, options: { finalise: options.finalise ?? false } })).result as BillingRun);
    output.answer(result, (out) => {
      out.line(`Partner invoices for ${result.period}${result.isDryRun ? ' (rehearsal: nothing was written)' : ''}`);
      out.table([...result.succeeded, ...result.skipped], [
        { title: 'Partner', text: (row) => row.partnerName },
        { title: 'Number', text: (row) => row.number ?? '—' },
        { title: 'Status', text: (row) => row.status },
        { title: 'Units', align: 'right', text: (row) => row.units.toLocaleString('en-US') },
        { title: 'Subtotal', align: 'right', text: (row) => moneyText(row.subtotalMinor, row.currency) },
        { title: 'Tax', align: 'right', text: (row) => moneyText(row.taxMinor, row.currency) },
        { title: 'Total', align: 'right', text: (row) => moneyText(row.totalMinor, row.currency) },
        { title: 'Due', align: 'right', text: (row) => moneyText(row.dueMinor, row.currency) },
      ]);
      if (result.succeeded.length + result.skipped.length + result.failed.length === 0) out.line('No contract is in force in that month. If there should be one, run daybook sync postgres first.');
      out.line(`${result.succeeded.length} done, ${result.skipped.length} unchanged, ${result.failed.length} failed`);
      for (const row of [...result.succeeded, ...result.skipped]) if (row.missing && row.missing.length > 0) out.line(`  ${row.partnerName} will carry no electronic invoice: ${row.missing.map((field) => `${field.message} (${field.rule})`).join(' ')}`);
      for (const failure of result.failed) out.line(`  ${failure.name}: ${failure.message} (${failure.code})${failure.nextStep ? `\n    ${failure.nextStep}` : ''}`);
    });
    return result.failed.length > 0 ? 1 : 0;
  };
}

/** What `invoices list` and `export invoices` are narrowed by. */
export interface InvoiceFlags {
  readonly origin?: 'partner' | 'one-off' | 'stripe';
  readonly status?: InvoiceRow['status'];
  readonly month?: string;
  readonly from?: string;
  readonly to?: string;
  readonly customer?: string;
  readonly text?: string;
}

export function invoiceFilterOf({ origin, status, month, from, to, customer, text }: InvoiceFlags) {
  assertInOrder(from, to);
  return {
    ...(origin ? { origin } : {}), ...(status ? { status } : {}), ...(month ? { month } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}), ...(customer ? { customerId: customer } : {}), ...(text ? { text } : {}),
  };
}

export function listInvoices(options: InvoiceFlags & { limit: number }): CommandAction {
  return async ({ client, output }) => {
    const page = await client.invoices.list({ limit: options.limit, filter: invoiceFilterOf(options) });
    output.answer({ invoices: page.rows, total: page.total, sums: page.sums, drafts: page.drafts, voided: page.voided }, (out) => {
      out.table(page.rows, [
        { title: 'Number', text: (row) => row.number ?? 'draft' },
        { title: 'Customer', text: (row) => row.customerName },
        { title: 'Status', text: (row) => (row.isOverdue ? `${row.status}, overdue` : row.status) },
        { title: 'Issued', text: (row) => row.issuedOn ?? '—' },
        { title: 'Total', align: 'right', text: (row) => moneyText(row.total.amount, row.total.currency) },
        { title: 'Due', align: 'right', text: (row) => moneyText(row.due.amount, row.due.currency) },
        { title: 'Id', text: (row) => row.id },
      ]);
      const sumsText = (sums: readonly { amount: number; currency: string }[]): string => sums.map((sum) => moneyText(sum.amount, sum.currency)).join(' and ');
      const apart = [
        page.drafts.count > 0 ? `${page.drafts.count.toLocaleString('en-US')} ${page.drafts.count === 1 ? 'draft' : 'drafts'} (${sumsText(page.drafts.sums)})` : null,
        page.voided > 0 ? `${page.voided.toLocaleString('en-US')} void` : null,
      ].filter((part) => part !== null);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} invoices${page.sums.length > 0 ? `, together ${sumsText(page.sums)}` : ''}${apart.length > 0 ? `; not counted: ${apart.join(', ')}` : ''}`);
    });
    return 0;
  };
}

export function showInvoice(id: string, options: { why?: boolean } = {}): CommandAction {
  return async ({ client, output }) => {
    const invoice = await client.invoices.show({ id });
    const whys = options.why ? await Promise.all(figuresOf(invoice).map((figure) => client.invoices.why({ id: invoice.id, ...figure }))) : null;
    output.answer(whys === null ? invoice : { ...invoice, why: whys }, (out) => {
      out.line(`${invoice.number ?? 'Draft'} · ${invoice.customerName} · ${invoice.status}`);
      out.table(invoice.lines, [
        { title: 'Line', text: (line) => line.description },
        { title: 'Quantity', align: 'right', text: (line) => line.quantity ?? '' },
        { title: 'Price', align: 'right', text: (line) => line.unitPrice ?? '' },
        { title: 'Amount', align: 'right', text: (line) => moneyText(line.amountMinor, invoice.total.currency) },
        { title: 'How', text: (line) => line.explanation ?? '' },
      ]);
      const currency = invoice.total.currency;
      for (const [label, amount] of [['Subtotal', invoice.subtotalMinor], ['Discount', -invoice.discountMinor], ['Tax', invoice.taxMinor], ['Total', invoice.totalMinor], ['Withholding', -invoice.withholdingMinor], ['Due', invoice.dueMinor]] as const) {
        if (amount !== 0 || label === 'Total' || label === 'Due') out.line(`${label.padEnd(12)} ${moneyText(amount, currency).padStart(20)}`);
      }
      for (const why of whys ?? []) printWhy(out, why);
    });
    return 0;
  };
}

export function saveInvoicePdf(id: string, options: { out?: string }): CommandAction {
  return async ({ client, output }) => {
    const pdf = await client.invoices.pdf({ id });
    const file = resolve(options.out ?? pdf.fileName);
    writeOutputFile(file, pdf.bytes, (await client.settings.get({})).dataFolder);
    output.answer({ file, bytes: pdf.bytes.byteLength, isVerified: pdf.isVerified, location: pdf.location }, (out) => out.line(`${file} (${pdf.bytes.byteLength.toLocaleString('en-US')} bytes${pdf.isVerified ? ', fingerprint verified' : ''})`));
    return 0;
  };
}

type InvoiceDetail = z.infer<typeof invoiceDetailSchema>;

/** Every figure that the invoice has: its lines, its totals, and where it stands. */
function figuresOf(invoice: InvoiceDetail): { figure: InvoiceFigureName; line?: string }[] {
  const isOurs = invoice.origin !== 'stripe';
  const isIssued = isOurs && invoice.status !== 'draft';
  return [
    ...invoice.lines.flatMap((_, index) => [{ figure: 'line' as const, line: String(index) }, ...(isOurs && invoice.discountMinor !== 0 ? [{ figure: 'line-discount' as const, line: String(index) }] : [])]),
    ...(invoice.discountMinor === 0 ? [] : [{ figure: 'discount' as const }]), { figure: 'subtotal' }, { figure: 'tax' }, { figure: 'total' }, ...(invoice.withholdingMinor === 0 ? [] : [{ figure: 'withholding' as const }]),
    ...(isOurs ? [{ figure: 'payable' as const }] : []), ...(isIssued ? (['paid', 'credited', 'withheld', 'written-off'] as const).map((figure) => ({ figure })) : []), ...(isIssued || !isOurs ? [{ figure: 'due' as const }] : []),
  ];
}
