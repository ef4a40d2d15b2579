/**
 * What the report template prints, made from a report: texts as they are, charts as rectangles. Pure; the same report gives the same bytes.
 */
import type { ReportBlock, ReportDocument, ReportStep } from '../../shared/documents/report-document.ts';
import { currencyExponent } from '../../shared/money/currency.ts';
import { formatAmount } from '../../shared/money/format.ts';
import { barsOf, scaleOf, waterfallBars, wholeParts, type Bar } from './report-geometry.ts';
import type { RenderRequest } from './typst-compiler.ts';

const locale = 'en-US';

/** 12408333 usd → '124.1K': what an axis has room for. */
function compact(value: number, currency: string): string {
  const units = `${Math.round(value)}E-${currencyExponent(currency)}` as Intl.StringNumericLiteral;
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(units).replace('-', '−');
}

interface Legend {
  readonly label: string;
  readonly colour: number;
}

function chart(block: { readonly title: string; readonly note: string; readonly currency: string }, bars: readonly Bar[], labels: readonly string[], legend: readonly Legend[], over: readonly { readonly at: number; readonly value: number; readonly text: string }[]): unknown {
  const { ticks, low, high } = scaleOf(bars.flatMap((bar) => [bar.from, bar.to]), over.length > 0 ? 12 : 0);
  /** From the top, in parts of the height. */
  const down = (value: number): number => Math.round(((high - value) * wholeParts) / (high - low));
  return {
    kind: 'chart', title: block.title, note: block.note,
    bars: bars.map(({ x, width, from, to, colour }) => ({ x, width, top: down(Math.max(from, to)), height: Math.abs(down(from) - down(to)), colour })),
    ticks: ticks.map((tick) => ({ top: down(tick), label: compact(tick, block.currency), isZero: tick === 0 })),
    labels: labels.map((label, index) => ({ x: Math.round(((2 * index + 1) * wholeParts) / (2 * labels.length)), label })),
    over: over.map(({ at, value, text }) => ({ x: Math.round(((2 * at + 1) * wholeParts) / (2 * labels.length)), top: down(value), text })),
    legend,
  };
}

function stepText(step: ReportStep, currency: string): string {
  return `${step.kind === 'change' && step.value > 0 ? '+' : ''}${formatAmount(step.value, currency, locale)}`;
}

function blockData(block: ReportBlock): unknown {
  switch (block.kind) {
    case 'bars':
      return chart(block, barsOf(block.series, block.labels.length, block.isStacked), block.labels, block.series.length > 1 ? block.series.map(({ label, colour }) => ({ label, colour })) : [], []);
    case 'waterfall': {
      const bars = waterfallBars(block.steps);
      const over = block.steps.map((step, at) => ({ at, value: Math.max(bars[at]?.from ?? 0, bars[at]?.to ?? 0), text: stepText(step, block.currency) }));
      return chart(block, bars, block.steps.map((step) => step.label), [], over);
    }
    case 'table':
      return { ...block, rows: block.rows.map((row) => ({ cells: row.cells, isSum: row.isSum ?? false })) };
    case 'heat':
      return { ...block, rows: block.rows.map((row) => ({ ...row, shares: row.shares.map((share) => (share === null ? null : { text: percent(share), depth: Math.min(wholeParts, Math.max(0, share)) })) })) };
    case 'cards':
    case 'facts':
      return block;
  }
}

function percent(basisPoints: number): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(`${basisPoints}E-4` as Intl.StringNumericLiteral).replace('-', '−');
}

/** The request that sets a report on A4. */
export function reportRequest(report: ReportDocument): RenderRequest {
  return {
    template: 'report.typ', creationTimestamp: Math.floor(report.asOf / 1000),
    data: { title: `${report.title}, ${report.subject}`, heading: report.title, subject: report.subject, company: report.company, lead: report.lead, cautions: report.cautions, blocks: report.blocks.map(blockData) },
  };
}
