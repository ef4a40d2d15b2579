/**
 * Which characters the documents' fonts can show. PDF/A refuses a text with a character that no embedded font has, so it is known before a number is given.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Character codes from `first` to `last`, both included. */
type Range = readonly [first: number, last: number];

/**
 * The characters of an OpenType font by its `cmap` table, formats 4 and 12 (OpenType 1.9, “cmap”).
 * @throws RangeError when the file is cut off.
 */
export function readFontRanges(font: Buffer): Range[] {
  const tables = font.readUInt16BE(4);
  for (let index = 0; index < tables; index += 1) {
    const record = 12 + index * 16;
    if (font.toString('latin1', record, record + 4) === 'cmap') return readCharacterMap(font, font.readUInt32BE(record + 8));
  }
  return [];
}

function readCharacterMap(font: Buffer, table: number): Range[] {
  const ranges: Range[] = [];
  const maps = font.readUInt16BE(table + 2);
  for (let index = 0; index < maps; index += 1) {
    const map = table + font.readUInt32BE(table + 4 + index * 8 + 4);
    const format = font.readUInt16BE(map);
    if (format === 4) ranges.push(...readSegments(font, map));
    if (format === 12) ranges.push(...readGroups(font, map));
  }
  return ranges;
}

/** Format 4: segments of the first 65,536 characters. The last one is a mark of the end and maps nothing. */
function readSegments(font: Buffer, map: number): Range[] {
  const segments = font.readUInt16BE(map + 6) / 2;
  const ends = map + 14;
  const starts = ends + segments * 2 + 2;
  return Array.from({ length: segments }, (_, index): Range => [font.readUInt16BE(starts + index * 2), font.readUInt16BE(ends + index * 2)]).filter(([first]) => first !== 0xffff);
}

function readGroups(font: Buffer, map: number): Range[] {
  const groups = font.readUInt32BE(map + 12);
  return Array.from({ length: groups }, (_, index): Range => [font.readUInt32BE(map + 16 + index * 12), font.readUInt32BE(map + 20 + index * 12)]);
}

export interface FontCoverage {
  /** Whether every font can show the character of this code. */
  has(code: number): boolean;
}

/** @param folder holds the fonts; a text may be set in any of them. */
export function readFontCoverage(folder: string): FontCoverage {
  const fonts = readdirSync(folder).filter((name) => /\.(otf|ttf)$/i.test(name)).map((name) => readFontRanges(readFileSync(join(folder, name))));
  const known = new Map<number, boolean>();
  return {
    has(code) {
      let isCovered = known.get(code);
      if (isCovered === undefined) known.set(code, (isCovered = fonts.length > 0 && fonts.every((ranges) => ranges.some(([first, last]) => code >= first && code <= last))));
      return isCovered;
    },
  };
}
