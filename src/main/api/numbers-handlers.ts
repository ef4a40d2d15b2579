import type { NumberBlockView, NumberGapView, NumbersOverviewView } from '../../shared/api/numbers.contract.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { addDays } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { documentNumberText, mostLeaseDays, mostNumbersHeld, yearOfIssue } from '../billing/document-number-rules.ts';
import { documentSeries, type DocumentNumbers, type NumberBlock, type NumberGap, type NumbersOverview } from '../billing/document-numbers.ports.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';

export interface NumbersHandlersDependencies {
  readonly numbers: DocumentNumbers;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly hub: ChangeHub;
}

/** Numbers are accountants' work: others see them on the documents. */
export function createNumbersHandlers({ numbers, clock, timeZone, hub }: NumbersHandlersDependencies) {
  const changed = (): void => hub.publish({ entity: 'numbers', ids: [] });

  /** Each series of this year, also before its first number was given. */
  function withThisYear(given: NumbersOverview['series'], year: number): NumbersOverviewView['series'] {
    const missing = documentSeries.filter((series) => !given.some((row) => row.series === series && row.year === year)).map((series) => ({ series, year, next: documentNumberText(series, year, 1), used: 0, inBlocks: 0, gaps: 0, unaccounted: 0 }));
    return [...missing, ...given].toSorted((one, other) => other.year - one.year || other.series.localeCompare(one.series, 'en'));
  }

  async function overview(asker: Pick<ApiContext, 'user' | 'role'>): Promise<NumbersOverviewView> {
    const { kind, isOnline, series, blocks, openUses } = await numbers.overview();
    const today = timeZone.dateOf(clock.now());
    const years = [...new Set([yearOfIssue(today) - 1, yearOfIssue(today), yearOfIssue(addDays(today, 31))])];
    return {
      kind, isOnline, asOf: clock.now(), series: isOnline ? withThisYear(series, yearOfIssue(today)) : [], blocks: blocks.map((block) => blockView(block, asker)),
      openUses: openUses.map(({ number, documentId, usedAt, refusal }) => ({ number: number.text, documentId, usedAt, refusal })), leasable: { years, mostNumbers: mostNumbersHeld, mostDays: mostLeaseDays },
    };
  }

  return {
    overview: api.numbers.overview.handler(({ context }) => {
      requireRole(context, 'accountant');
      return overview(context);
    }),
    gaps: api.numbers.gaps.handler(async ({ input: { series, year }, context }) => {
      requireRole(context, 'accountant');
      return { gaps: (await numbers.gaps({ ...(series ? { series } : {}), ...(year === undefined ? {} : { year }) })).map(gapView) };
    }),
    lease: api.numbers.lease.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('numbers.lease', input, async () => {
        const { commandId: blockId, series, year, count, days } = input;
        const block = await numbers.lease({ blockId, series, year, count, days, actor: context.user });
        changed();
        return blockView(block, context);
      });
    }),
    return: api.numbers.return.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('numbers.return', input, async () => {
        try {
          const { block, backToSeries, gaps } = await numbers.return({ blockId: input.blockId, reason: input.reason, actor: context.user });
          return { block: blockView(block, context), backToSeries, gaps: [...gaps] };
        } finally {
          changed(); // the block ended here, even where the answer was lost
        }
      });
    }),
  };
}

function blockView({ firstNumber, lastNumber, ...block }: NumberBlock, { user, role }: Pick<ApiContext, 'user' | 'role'>): NumberBlockView {
  const text = (number: number): string | null => (number === 0 ? null : documentNumberText(block.series, block.year, number));
  const isOpen = block.endedAt === null && block.state !== 'returned';
  return { ...block, first: text(firstNumber), last: text(lastNumber), mayEnd: isOpen && (block.isOfThisDesk || block.holder === user || role === 'admin') };
}

function gapView({ text: number, series, year, reason, blockId, recordedBy, recordedAt, claimedBy }: NumberGap): NumberGapView {
  return { number, series, year, reason, blockId, recordedBy, recordedAt, claimedBy };
}
