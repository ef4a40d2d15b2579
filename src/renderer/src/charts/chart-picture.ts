/** Charts as pictures: on one sheet in the theme’s own paper, as a file or on the clipboard. */
import { notifications } from '@mantine/notifications';
import type { ChartColours } from './chart-setup.ts';

export interface ChartHandle {
  /** null where the window can draw no picture. */
  readonly toPng: () => Promise<Blob | null>;
}

const padding = 16;
const headLines = 40;

/** One below the other, with what they show above them. Canvases are as dense as the screen; the sheet is as dense as they are. */
export function pictureOf(canvases: readonly HTMLCanvasElement[], title: string, note: string, colours: ChartColours): Promise<Blob | null> {
  const density = canvases[0] ? canvases[0].width / Math.max(1, canvases[0].clientWidth || canvases[0].width) : 1;
  const sheet = document.createElement('canvas');
  sheet.width = Math.max(0, ...canvases.map((canvas) => canvas.width)) + 2 * padding * density;
  sheet.height = canvases.reduce((sum, canvas) => sum + canvas.height, 0) + (headLines + 2 * padding) * density;
  const context = sheet.getContext('2d');
  if (!context) return Promise.resolve(null);
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.scale(density, density);
  context.fillStyle = colours.ink;
  context.font = `600 14px ${sheetFont}`;
  context.fillText(title, padding, padding + 12);
  context.fillStyle = colours.ink3;
  context.font = `12px ${sheetFont}`;
  context.fillText(note, padding, padding + 30);
  context.setTransform(1, 0, 0, 1, 0, 0);
  let top = (padding + headLines) * density;
  for (const canvas of canvases) {
    context.drawImage(canvas, padding * density, top);
    top += canvas.height;
  }
  return new Promise((resolve) => sheet.toBlob(resolve, 'image/png'));
}

export const sheetFont = "'Inter Variable', Inter, 'Segoe UI', system-ui, sans-serif";

/** Copies and says so; where the clipboard is closed to this window that is said too, with the way round it. */
export async function copyPicture(picture: () => Promise<Blob | null>, what: string): Promise<void> {
  try {
    const blob = await picture();
    if (!blob) throw new Error('no picture');
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    notifications.show({ message: `${what} copied as a picture` });
  } catch {
    notifications.show({ message: `${what} could not be copied: the clipboard is closed to this window. Save it as PNG in its place.` });
  }
}
