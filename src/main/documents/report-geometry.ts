/**
 * Where the bars of a report's charts stand, in ten-thousandths of the chart's width and height. Only the drawing is rounded: every figure is printed
 * beside it. Pure.
 */
import type { ReportSeries, ReportStep } from '../../shared/documents/report-document.ts';

/** A chart is so many parts wide and high. */
export const wholeParts = 10_000;

/** A rectangle: x and width in parts of the width, from and to as values. */
export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
  readonly colour: number;
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Round values, zero among them. */
  readonly ticks: readonly number[];
}

const wantedTicks = 4;
/** Of a month's place on the axis, in hundredths: what its bars leave free on either side, and what they take. */
const free = 17;
const filled = 66;

/** `hundredths` of the place at `index` of `count`, in parts. */
const partsAt = (index: number, hundredths: number, count: number): number => Math.round(((index * 100 + hundredths) * wholeParts) / (count * 100));

/**
 * A scale of round steps that holds every value and zero.
 * @param headroomPercent of the highest value that is wanted free above it, for a figure over its bar.
 */
export function scaleOf(values: readonly number[], headroomPercent = 0): Scale {
  const highest = Math.ceil((Math.max(0, ...values) * (100 + headroomPercent)) / 100);
  const lowest = Math.min(0, ...values);
  const rough = Math.max(1, (highest - lowest) / wantedTicks);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(lowest / step);
  const last = Math.max(first + 1, Math.ceil(highest / step));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { low: first * step, high: last * step, ticks };
}

/** Upon each other: gains above zero, losses below. */
function stackedBars(series: readonly ReportSeries[], count: number): Bar[] {
  const bars: Bar[] = [];
  for (let index = 0; index < count; index += 1) {
    let [up, down] = [0, 0];
    for (const each of series) {
      const value = each.values[index] ?? 0;
      if (value === 0) continue;
      const from = value > 0 ? up : down;
      bars.push({ x: partsAt(index, free, count), width: partsAt(0, filled, count), from, to: from + value, colour: each.colour });
      if (value > 0) up += value;
      else down += value;
    }
  }
  return bars;
}

/** Beside each other. */
function groupedBars(series: readonly ReportSeries[], count: number): Bar[] {
  const width = Math.round(partsAt(0, filled, count) / Math.max(1, series.length));
  return series.flatMap((each, at) => each.values.map((value, index) => ({ x: partsAt(index, free, count) + at * width, width, from: 0, to: value, colour: each.colour })));
}

export function barsOf(series: readonly ReportSeries[], count: number, isStacked: boolean): Bar[] {
  return isStacked ? stackedBars(series, count) : groupedBars(series, count);
}

/** Each change begins where the step before it ended. Colours: 0 totals, 1 what adds, 2 what takes away. */
export function waterfallBars(steps: readonly ReportStep[]): Bar[] {
  let level = 0;
  return steps.map((step, index) => {
    const from = step.kind === 'total' ? 0 : level;
    level = from + step.value;
    return { x: partsAt(index, free, steps.length), width: partsAt(0, filled, steps.length), from, to: level, colour: step.kind === 'total' ? 0 : step.value < 0 ? 2 : 1 };
  });
}
