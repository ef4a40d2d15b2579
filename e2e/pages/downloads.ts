import type { Page } from '@playwright/test';

export interface DownloadedFile {
  readonly name: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** The file that an act saves, read whole. */
export async function downloadOf(page: Page, act: () => Promise<void>): Promise<DownloadedFile> {
  const awaited = page.waitForEvent('download');
  await act();
  const download = await awaited;
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk as Uint8Array));
  const bytes = Buffer.concat(chunks);
  return { name: download.suggestedFilename(), bytes, text: bytes.toString('utf8').replace(/^\uFEFF/, '') };
}

/** RFC 4180: rows of cells. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (isQuoted) {
      if (sign === '"' && text.charAt(at + 1) === '"') { cell += '"'; at += 1; } else if (sign === '"') isQuoted = false;
      else cell += sign;
    } else if (sign === '"') isQuoted = true;
    else if (sign === ',') { rows.at(-1)?.push(cell); cell = ''; } else if (sign === '\n') { rows.at(-1)?.push(cell.replace(/\r$/, '')); cell = ''; rows.push([]); } else cell += sign;
  }
  if (cell !== '' || (rows.at(-1)?.length ?? 0) > 0) rows.at(-1)?.push(cell);
  return rows.filter((row) => row.length > 0);
}
