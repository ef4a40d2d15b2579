/** The cohort table drawn for a picture: the same cells, shades and figures as in the window. */
import { sheetFont } from './chart-picture.ts';
import type { ChartColours } from './chart-setup.ts';

export interface HeatRow {
  readonly id: string;
  readonly label: string;
  readonly size: string;
  /** Basis points; null: not reached, or nothing to measure it by. */
  readonly shares: readonly (number | null)[];
}

/** How much of the accent a share has, in percent: whole at 100 % and above, none at 0. */
export function shadeOf(share: number): number {
  return Math.round(Math.min(10_000, Math.max(0, share)) / 250);
}

const rowHeight = 22;
const labelWidth = 76;
const sizeWidth = 64;
const cellWidth = 48;

export function drawHeat(rows: readonly HeatRow[], head: readonly string[], text: (share: number) => string, colours: ChartColours): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const density = Math.max(1, window.devicePixelRatio);
  const width = labelWidth + sizeWidth + cellWidth * Math.max(0, ...rows.map((row) => row.shares.length));
  const height = rowHeight * (rows.length + 1);
  canvas.width = width * density;
  canvas.height = height * density;
  canvas.style.width = `${width}px`;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  context.scale(density, density);
  context.font = `11px ${sheetFont}`;
  context.textBaseline = 'middle';
  const write = (words: string, x: number, row: number, align: CanvasTextAlign, colour: string) => { context.textAlign = align; context.fillStyle = colour; context.fillText(words, x, (row + 0.5) * rowHeight); };
  write(head[0] ?? '', 0, 0, 'left', colours.ink3);
  write(head[1] ?? '', labelWidth + sizeWidth - 10, 0, 'right', colours.ink3);
  head.slice(2).forEach((word, index) => write(word, labelWidth + sizeWidth + (index + 0.5) * cellWidth, 0, 'center', colours.ink3));
  rows.forEach((row, index) => {
    write(row.label, 0, index + 1, 'left', colours.ink);
    write(row.size, labelWidth + sizeWidth - 10, index + 1, 'right', colours.ink2);
    row.shares.forEach((share, at) => {
      if (share === null) return;
      context.globalAlpha = shadeOf(share) / 100;
      context.fillStyle = colours.s1;
      context.fillRect(labelWidth + sizeWidth + at * cellWidth + 1, (index + 1) * rowHeight + 1, cellWidth - 2, rowHeight - 2);
      context.globalAlpha = 1;
      write(text(share), labelWidth + sizeWidth + (at + 0.5) * cellWidth, index + 1, 'center', colours.ink);
    });
  });
  return canvas;
}
