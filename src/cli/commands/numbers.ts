import type { NumberBlockView } from '../../shared/api/numbers.contract.ts';
import type { DocumentSeries } from '../../main/billing/document-numbers.ports.ts';
import { newId } from '../../main/platform/ids.ts';
import { instantText, type HumanOutput } from '../output.ts';
import type { CommandAction } from './command.ts';

/** Series with their next number, blocks by desk, and what the shared database has not accepted yet. Exit 1 when a use was refused. */
export function listNumbers(): CommandAction {
  return async ({ client, output, timeZone }) => {
    const overview = await client.numbers.overview({});
    const { series, blocks, openUses, isOnline, kind } = overview;
    output.answer(overview, (out) => {
      if (!isOnline) out.line('The shared database is not reached: this is what the desk itself holds.');
      else {
        out.table(series, [
          { title: 'Series', text: (row) => `${row.series}-${row.year}` },
          { title: 'Next', text: (row) => row.next },
          { title: 'Used', align: 'right', text: (row) => String(row.used) },
          { title: 'In blocks', align: 'right', text: (row) => String(row.inBlocks) },
          { title: 'Gaps', align: 'right', text: (row) => String(row.gaps) },
          { title: 'Unaccounted', align: 'right', text: (row) => String(row.unaccounted) },
        ]);
      }
      if (blocks.length > 0) {
        out.line();
        printBlocks(out, blocks, timeZone);
      } else if (kind === 'shared') out.line('No block is leased. To finalise offline, lease one: daybook numbers lease INV --count 5.');
      for (const { number, documentId, refusal } of openUses) {
        out.line(refusal === null ? `${number} of ${documentId} is told with the next sync.` : `${number} of ${documentId}: ${refusal.message} (${refusal.code}) ${refusal.nextStep}`);
      }
    });
    return openUses.some((use) => use.refusal !== null) || series.some((row) => row.unaccounted !== 0) ? 1 : 0;
  };
}

export function leaseNumbers(series: DocumentSeries, options: { count: number; days: number; year?: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const year = options.year ?? Number(instantText((await client.numbers.overview({})).asOf, timeZone).slice(0, 4));
    const block = await client.numbers.lease({ commandId: newId(), series, year, count: options.count, days: options.days });
    output.answer(block, (out) => {
      out.line(`${spanOf(block)} are this desk’s until ${instantText(block.useUntil, timeZone)}, to be reported by ${instantText(block.reportUntil, timeZone)}.`);
      out.line(`Give back what is left with: daybook numbers return ${block.id} --reason …`);
    });
    return 0;
  };
}

export function returnNumbers(blockId: string, options: { reason: string }): CommandAction {
  return async ({ client, output }) => {
    const returned = await client.numbers.return({ commandId: newId(), blockId, reason: options.reason });
    output.answer(returned, (out) => {
      out.line(`${spanOf(returned.block)}: ${returned.block.used} used, ${returned.backToSeries} back in the series, ${returned.gaps.length} in the gap register.`);
      if (returned.gaps.length > 0) out.line(`Gaps: ${returned.gaps.join(', ')}`);
    });
    return 0;
  };
}

export function listGaps(options: { series?: DocumentSeries; year?: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { gaps } = await client.numbers.gaps(options);
    output.answer({ gaps }, (out) => {
      if (gaps.length === 0) out.line('The gap register is empty: every number that was given is on a document or in a block.');
      else {
        out.table(gaps, [
          { title: 'Number', text: (gap) => gap.number },
          { title: 'Reason', text: (gap) => gap.reason },
          { title: 'Registered', text: (gap) => instantText(gap.recordedAt, timeZone) },
          { title: 'By', text: (gap) => gap.recordedBy },
          { title: 'Claimed by', text: (gap) => gap.claimedBy?.documentId ?? '' },
        ]);
      }
    });
    return 0;
  };
}

function spanOf({ first, last }: NumberBlockView): string {
  return first === null || last === null ? 'The block' : first === last ? first : `${first} to ${last}`;
}

function printBlocks(out: HumanOutput, blocks: readonly NumberBlockView[], timeZone: string): void {
  out.table(blocks, [
    { title: 'Block', text: (block) => block.id },
    { title: 'Numbers', text: (block) => (block.first === null ? 'not known yet' : spanOf(block)) },
    { title: 'Person', text: (block) => block.holder },
    { title: 'Desk', text: (block) => (block.isOfThisDesk ? `${block.desk} (this one)` : block.desk) },
    { title: 'State', text: (block) => block.state },
    { title: 'Used', align: 'right', text: (block) => String(block.used) },
    { title: 'Left', align: 'right', text: (block) => String(block.left) },
    { title: 'Use until', text: (block) => instantText(block.useUntil, timeZone) },
  ]);
}
