import type { z } from 'zod';
import type { runSheetRowSchema } from '../../shared/api/run-sheet.contract.ts';
import type { InvoiceReviews } from '../billing/invoice-reviews.ts';
import { readLateUsageMonths } from '../billing/late-usage-reading.ts';
import { readTaxRounding } from '../billing/tax-rounding.ts';
import { runSheetStates, type RunSheet, type RunSheetRow, type RunSheets } from '../billing/run-sheet.ts';
import { runSheetFlags } from '../billing/run-sheet-flags.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { createRememberedAnswers } from '../reporting/remembered-answers.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface RunSheetHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly sheets: RunSheets;
  readonly reviews: InvoiceReviews;
  readonly hub: ChangeHub;
}

type RowView = z.infer<typeof runSheetRowSchema>;
type Sort = { readonly column: 'partnerName' | 'units' | 'change' | 'total' | 'previousTotal' | 'state'; readonly direction: 'ascending' | 'descending' };
interface Filter {
  readonly contractId?: string | undefined;
  readonly state?: RunSheetRow['state'] | undefined;
  readonly flag?: RunSheetRow['flags'][number] | undefined;
  readonly isFlagged?: boolean | undefined;
  readonly text?: string | undefined;
}

export function createRunSheetHandlers({ readable, sheets, reviews, hub }: RunSheetHandlersDependencies) {
  // The whole month is rated to show any of it: windows further down and other filters ask nothing again until somebody writes.
  const remembered = createRememberedAnswers(readable);
  const read = (period: string | undefined): RunSheet => remembered.recall('run-sheet', period ?? null, () => sheets.read(period ?? null));

  function publish(): void {
    for (const entity of ['invoices', 'today', 'status'] as const) hub.publish({ entity, ids: [] });
  }

  return {
    list: api.invoices.runSheet.list.handler(({ input }) => {
      const rows = sorted(read(input.filter?.period).rows.filter((row) => fits(row, input.filter ?? {})), input.sort ?? { column: 'partnerName', direction: 'ascending' });
      return { rows: rows.slice(input.startAt, input.startAt + input.limit).map(toView), total: rows.length, sums: sumsOf(rows, (row) => [row.totalMinor, row.currency]) };
    }),
    summary: api.invoices.runSheet.summary.handler(({ input }) => {
      const { period, rows } = read(input.period);
      return {
        period, states: runSheetStates.map((state) => ({ state, count: rows.filter((row) => row.state === state).length })), flags: runSheetFlags.map((flag) => ({ flag, count: rows.filter((row) => row.flags.includes(flag)).length })),
        flagged: rows.filter((row) => row.flags.length > 0).length, total: sumsOf(rows, (row) => [row.totalMinor, row.currency]), previousTotal: sumsOf(rows, (row) => [row.previousTotalMinor, row.previousCurrency]),
        lateUsageMonths: readLateUsageMonths(readable),
      };
    }),
    approve: api.invoices.runSheet.approve.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('invoices.runSheet.approve', input, async () => {
        const { succeeded, failed } = await reviews.approve(input.drafts, { actor: context.user, requestId: input.commandId });
        publish();
        return { succeeded: [...succeeded], failed: [...failed] };
      });
    }),
    taxRounding: api.invoices.runSheet.taxRounding.handler(() => ({ taxRounding: readTaxRounding(readable) })),
    setTaxRounding: api.invoices.runSheet.setTaxRounding.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('invoices.runSheet.setTaxRounding', input, async () => {
        const taxRounding = await reviews.setTaxRounding(input.taxRounding, { actor: context.user, requestId: input.commandId });
        publish();
        return { taxRounding };
      });
    }),
    lateUsage: api.invoices.runSheet.lateUsage.handler(() => ({ lateUsageMonths: readLateUsageMonths(readable) })),
    setLateUsageMonths: api.invoices.runSheet.setLateUsageMonths.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('invoices.runSheet.setLateUsageMonths', input, async () => {
        const lateUsageMonths = await reviews.setLateUsageMonths(input.months, { actor: context.user, requestId: input.commandId });
        publish();
        return { lateUsageMonths };
      });
    }),
  };
}

function toView(row: RunSheetRow): RowView {
  return { ...row, flags: [...row.flags] };
}

function fits(row: RunSheetRow, { contractId, state, flag, isFlagged, text }: Filter): boolean {
  const typed = text?.trim().toLowerCase() ?? '';
  return (!contractId || row.contractId === contractId) && (!state || row.state === state) && (!flag || row.flags.includes(flag)) && (isFlagged === undefined || row.flags.length > 0 === isFlagged) && (typed === '' || [row.partnerName, row.number ?? ''].some((each) => each.toLowerCase().includes(typed)));
}

/** Rows without a value come last in either direction; ties by name. */
function sorted(rows: readonly RunSheetRow[], { column, direction }: Sort): RunSheetRow[] {
  const sign = direction === 'ascending' ? 1 : -1;
  const valueOf = (row: RunSheetRow): number | string | null => {
    switch (column) {
      case 'partnerName': return row.partnerName.toLowerCase();
      case 'units': return row.units;
      case 'change': return row.changeBasisPoints;
      case 'total': return row.totalMinor;
      case 'previousTotal': return row.previousTotalMinor;
      case 'state': return runSheetStates.indexOf(row.state);
    }
  };
  return [...rows].sort((a, b) => {
    const [one, other] = [valueOf(a), valueOf(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null) || a.partnerName.localeCompare(b.partnerName, 'en');
    return (one < other ? -sign : one > other ? sign : 0) || a.partnerName.localeCompare(b.partnerName, 'en');
  });
}

/** One sum per currency, in the order of their names. */
function sumsOf(rows: readonly RunSheetRow[], amountOf: (row: RunSheetRow) => readonly [number | null, string | null]): { amount: number; currency: string }[] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const [amount, currency] = amountOf(row);
    if (amount !== null && currency !== null) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency }));
}
