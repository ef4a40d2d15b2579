/** `daybook bill review | late-usage`. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { runSheetRowSchema } from '../../shared/api/run-sheet.contract.ts';
import { moneyText } from '../output.ts';
import type { CommandAction } from './command.ts';

type Row = z.infer<typeof runSheetRowSchema>;

const rowsPerPage = 500;
const mostAtOnce = 200;

export interface ReviewFlags {
  readonly period: string;
  /** Says of all drafts shown that they were looked at. */
  readonly approve?: boolean;
  /** Finalises what is approved. */
  readonly finalise?: boolean;
  readonly flagged?: boolean;
  readonly partner?: string;
}

/** The run sheet of a month; with `approve` and `finalise` what the screen does. Exit 1 where a partner cannot be billed or something was refused. */
export function reviewRun({ period, approve, finalise, flagged, partner }: ReviewFlags): CommandAction {
  return async ({ client, output }) => {
    const filter = { period, ...(flagged ? { isFlagged: true } : {}), ...(partner === undefined ? {} : { text: partner }) };
    const read = async (): Promise<Row[]> => {
      const rows: Row[] = [];
      for (let total = 1; rows.length < total; ) {
        const page = await client.invoices.runSheet.list({ startAt: rows.length, limit: rowsPerPage, filter });
        if (page.rows.length === 0) break;
        rows.push(...page.rows);
        ({ total } = page);
      }
      return rows;
    };
    let rows = await read();
    const refused: { id: string; name: string; code: string; message: string; nextStep: string | null }[] = [];
    if (approve) {
      const drafts = rows.flatMap((row) => (isToApprove(row) ? [{ id: row.invoiceId ?? '', totalsFingerprint: row.totalsFingerprint ?? '' }] : []));
      for (const some of inPieces(drafts)) refused.push(...(await client.invoices.runSheet.approve({ commandId: randomUUID(), drafts: some })).failed);
      rows = await read();
    }
    if (finalise) {
      // As they were approved: what another desk changed in between is refused.
      const approved = rows.flatMap((row) => (row.state === 'approved' && row.invoiceId !== null ? [{ id: row.invoiceId, totalsFingerprint: row.totalsFingerprint ?? '' }] : []));
      for (const some of inPieces(approved)) refused.push(...(await client.invoices.finalise({ commandId: randomUUID(), ids: some.map(({ id }) => id), seen: some })).failed);
      rows = await read();
    }
    const summary = await client.invoices.runSheet.summary({ period });
    output.answer({ period, rows, refused, summary }, (out) => {
      out.line(`Run sheet for ${period}`);
      out.table(rows, [
        { title: 'Partner', text: (row) => row.partnerName },
        { title: 'State', text: (row) => row.state },
        { title: 'Usage', align: 'right', text: (row) => (row.units === null ? '—' : `${row.units.toLocaleString('en-US')} ${row.meter ?? ''}`) },
        { title: 'Last month', align: 'right', text: (row) => row.previousUnits?.toLocaleString('en-US') ?? '—' },
        { title: 'Change', align: 'right', text: (row) => changeText(row.changeBasisPoints) },
        { title: 'Total', align: 'right', text: (row) => (row.totalMinor === null || row.currency === null ? '—' : moneyText(row.totalMinor, row.currency)) },
        { title: 'Last month', align: 'right', text: (row) => (row.previousTotalMinor === null || row.previousCurrency === null ? '—' : moneyText(row.previousTotalMinor, row.previousCurrency)) },
        { title: 'Flags', text: (row) => row.flags.join(', ') },
        { title: 'Reviewed by', text: (row) => row.review?.by ?? '' },
      ]);
      out.line(summary.states.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`).join(', ') || 'No contract is in force in that month.');
      for (const row of rows) if (row.failure) out.line(`  ${row.partnerName}: ${row.failure.message} (${row.failure.code})${row.failure.nextStep ? `\n    ${row.failure.nextStep}` : ''}`);
      for (const each of refused) out.line(`  ${each.name}: ${each.message} (${each.code})${each.nextStep ? `\n    ${each.nextStep}` : ''}`);
    });
    return refused.length > 0 || rows.some((row) => row.failure !== null) ? 1 : 0;
  };
}

/** @param wish left out: only shown. */
export function setTaxRounding(wish: 'invoice' | 'line' | undefined): CommandAction {
  return async ({ client, output }) => {
    const answer = wish === undefined ? await client.invoices.runSheet.taxRounding({}) : await client.invoices.runSheet.setTaxRounding({ commandId: randomUUID(), taxRounding: wish === 'line' ? 'per-line' : 'per-invoice' });
    output.answer(answer, (out) => out.line(`Tax is rounded once per ${answer.taxRounding === 'per-line' ? 'line' : 'invoice and rate'} on drafts that are made or made again from now on, on every desk.`));
    return 0;
  };
}

export function setLateUsageMonths(months: number | undefined): CommandAction {
  return async ({ client, output }) => {
    const answer = months === undefined ? { lateUsageMonths: (await client.invoices.runSheet.summary({})).lateUsageMonths } : await client.invoices.runSheet.setLateUsageMonths({ commandId: randomUUID(), months });
    output.answer(answer, (out) => out.line(answer.lateUsageMonths === 0 ? 'Late usage is not charged.' : `Late usage of the ${answer.lateUsageMonths} months before the billed one is charged, on every desk.`));
    return 0;
  };
}

const isToApprove = (row: Row): boolean => (row.state === 'to-review' || row.state === 'changed') && row.invoiceId !== null && row.totalsFingerprint !== null;

function inPieces<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / mostAtOnce) }, (_, index) => items.slice(index * mostAtOnce, (index + 1) * mostAtOnce));
}

/** 5000 → '+50.0 %'. Basis points are whole, so the text is exact. */
function changeText(basisPoints: number | null): string {
  if (basisPoints === null) return '—';
  const tenths = String(Math.abs(Math.round(basisPoints / 10))).padStart(2, '0');
  return `${basisPoints > 0 ? '+' : basisPoints < 0 ? '−' : ''}${tenths.slice(0, -1)}.${tenths.slice(-1)} %`;
}
