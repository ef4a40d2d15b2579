/** What the charts of the desk have in common: their tooltip, their scales, and what a click means. */
import type { ActiveElement, Chart as ChartInstance, ChartEvent, ChartOptions, TooltipOptions } from 'chart.js';
import { toDecimalString } from '../../../shared/money/money.ts';
import type { ChartColours } from './chart-setup.ts';

/** '1.2M': minor units as an axis writes them. */
export function compactMoney(minor: number, currency: string, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(toDecimalString(Math.round(minor), currency) as Intl.StringNumericLiteral).replace('-', '−');
}

/** Paper and ink of what is shown under the pointer. */
export function tooltipLook(colours: ChartColours): Partial<TooltipOptions<'bar'>> {
  return { backgroundColor: colours.panel, titleColor: colours.ink, bodyColor: colours.ink2, borderColor: colours.line, borderWidth: 1, padding: 8, boxPadding: 4, cornerRadius: 6, displayColors: true, titleFont: { weight: 600 } };
}

/** A click on a bar picks it; a click beside it picks its place on the axis (series −1). */
export function picking(onPick: (index: number, series: number) => void): Pick<ChartOptions<'bar'>, 'onClick' | 'onHover'> {
  return {
    onClick: (event: ChartEvent, elements: ActiveElement[], chart: ChartInstance) => {
      const hit = event.native ? chart.getElementsAtEventForMode(event.native, 'nearest', { intersect: true }, false)[0] : undefined;
      const picked = hit ?? elements[0];
      if (picked) onPick(picked.index, hit ? hit.datasetIndex : -1);
    },
    onHover: (_event: ChartEvent, elements: ActiveElement[], chart: ChartInstance) => { chart.canvas.style.cursor = elements.length > 0 ? 'pointer' : 'default'; },
  };
}

export function monthScales(colours: ChartColours, locale: string, currency: string, isStacked: boolean): NonNullable<ChartOptions<'bar'>['scales']> {
  return {
    x: { stacked: isStacked, grid: { display: false }, border: { color: colours.line }, ticks: { color: colours.ink3, maxRotation: 0, autoSkipPadding: 6 } },
    y: { stacked: isStacked, beginAtZero: true, grid: { color: colours.grid }, border: { display: false }, ticks: { color: colours.ink3, maxTicksLimit: 5, callback: (value) => compactMoney(Number(value), currency, locale) } },
  };
}
