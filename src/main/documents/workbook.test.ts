import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { restoreFormula, type Cell, type CellColumn } from '../../shared/spreadsheet/cells.ts';
import { startWorkbook } from '../../shared/spreadsheet/workbook.ts';
import { startArchive } from './workbook-archive.ts';

const made = Date.UTC(2026, 10, 18);

function filesOf(columns: readonly CellColumn[], parts: readonly (readonly (readonly Cell[])[])[], rowsOfSheet?: number): Record<string, string> {
  const bytes: Uint8Array[] = [];
  const archive = startArchive(made, (piece) => bytes.push(piece));
  const workbook = startWorkbook(archive, 'Payments: [all]', columns, rowsOfSheet);
  for (const rows of parts) workbook.rows(rows);
  workbook.end();
  archive.finish();
  return Object.fromEntries(Object.entries(unzipSync(new Uint8Array(Buffer.concat(bytes)))).map(([path, content]) => [path, strFromU8(content)]));
}

/** Cells of a sheet as [style, kind, content], row by row. */
function cellsOf(sheet: string): string[][][] {
  return [...sheet.matchAll(/<row>(.*?)<\/row>/gs)].map(([, row = '']) => [...row.matchAll(/<c\/>|<c(?: t="(\w+)")?(?: s="(\d+)")?>(?:<v>(.*?)<\/v>|<is><t xml:space="preserve">(.*?)<\/t><\/is>)<\/c>/gs)].map(([, kind = '', style = '', value, text]) => [style, kind, value ?? text ?? '']));
}

const readBack = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

describe('a workbook', () => {
  test.each<[string, CellColumn['kind'], Cell, string[]]>([
    ['an amount of two decimals', 'number', '1234.50', ['6', '', '1234.50']],
    ['an amount of three decimals', 'number', '-1.250', ['7', '', '-1.250']],
    ['an amount without decimals', 'number', '500', ['4', '', '500']],
    ['an amount too long to be counted exactly', 'number', '12345678901234.56', ['', 'inlineStr', '12345678901234.56']],
    ['what is no number', 'number', 'n/a', ['', 'inlineStr', 'n/a']],
    ['a day', 'date', '2026-10-31', ['2', '', '46326']],
    ['a leap day', 'date', '2024-02-29', ['2', '', '45351']],
    ['a day that is none', 'date', '2026-02-30', ['', 'inlineStr', '2026-02-30']],
    ['a day before spreadsheets count right', 'date', '1900-01-31', ['', 'inlineStr', '1900-01-31']],
    ['a moment', 'instant', '2026-10-31T12:00:00.000Z', ['3', '', '46326.5000000000']],
    ['an id of digits', 'text', '000123', ['', 'inlineStr', '000123']],
    ['nothing', 'number', null, ['', '', '']],
    ['an empty text', 'text', '', ['', '', '']],
  ])('has %s as it is', (_, kind, cell, expected) => {
    expect(cellsOf(filesOf([{ title: 'A', kind }], [[[cell]]])['xl/worksheets/sheet1.xml'] ?? '')[1]).toEqual([expected]);
  });

  test.each(['=HYPERLINK("x")', '+49 30', '-cmd', '@SUM(A1)', '\tx', '\rx', '＝1'])('runs no formula: %j', (text) => {
    const [, [cell] = []] = cellsOf(filesOf([{ title: 'A', kind: 'text' }], [[[text]]])['xl/worksheets/sheet1.xml'] ?? '');
    expect(readBack(cell?.[2] ?? '')).toBe(`'${text}`);
    expect(cell?.[1]).toBe('inlineStr');
  });

  test('keeps any text, but for halves of signs', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 5 }), (texts) => {
      const rows = cellsOf(filesOf([{ title: 'A', kind: 'text' }], [texts.map((text) => [text])])['xl/worksheets/sheet1.xml'] ?? '').slice(1);
      expect(rows.map(([cell]) => restoreFormula(readBack(cell?.[2] ?? '')))).toEqual(texts);
    }));
  });

  test('has its head, its rows in their order, and a table’s filter over them', () => {
    const files = filesOf([{ title: 'Id', kind: 'text' }, { title: 'Amount', kind: 'number' }], [[['a', '1.00'], ['b', '2.00']], [['c', '3.00']]]);
    const sheet = files['xl/worksheets/sheet1.xml'] ?? '';
    expect(cellsOf(sheet).map((row) => row.map(([, , content]) => content))).toEqual([['Id', 'Amount'], ['a', '1.00'], ['b', '2.00'], ['c', '3.00']]);
    expect(sheet).toContain('<autoFilter ref="A1:B4"/>');
    expect(files['xl/workbook.xml']).toContain('<sheet name="Payments   all" sheetId="1" r:id="rId1"/>');
    expect(Object.keys(files).toSorted()).toEqual(['[Content_Types].xml', '_rels/.rels', 'xl/_rels/workbook.xml.rels', 'xl/styles.xml', 'xl/workbook.xml', 'xl/worksheets/sheet1.xml']);
  });

  test('goes on in another sheet where one is full', () => {
    const files = filesOf([{ title: 'Id', kind: 'text' }], [[['a'], ['b'], ['c']], [['d'], ['e']]], 3);
    const rowsOf = (sheet: number): string[] => cellsOf(files[`xl/worksheets/sheet${sheet}.xml`] ?? '').map(([cell]) => cell?.[2] ?? '');
    expect([1, 2, 3].map(rowsOf)).toEqual([['Id', 'a', 'b'], ['Id', 'c', 'd'], ['Id', 'e']]);
    expect(files['[Content_Types].xml']?.match(/sheet\d\.xml/g)).toHaveLength(3);
    expect(files['xl/_rels/workbook.xml.rels']?.match(/Target="worksheets/g)).toHaveLength(3);
  });

  test('without rows has its head', () => {
    expect(cellsOf(filesOf([{ title: 'Id', kind: 'text' }], [])['xl/worksheets/sheet1.xml'] ?? '')).toHaveLength(1);
  });
});

test('a text that is longer than a cell holds ends in an ellipsis', () => {
  for (const text of ['x'.repeat(32_767), `${'x'.repeat(32_766)}😀`, `=${'x'.repeat(40_000)}`]) {
    const cell = readBack(cellsOf(filesOf([{ title: 'A', kind: 'text' }], [[[text]]])['xl/worksheets/sheet1.xml'] ?? '')[1]?.[0]?.[2] ?? '');
    expect([cell.length, cell.endsWith('…')]).toEqual([32_767, text.length > 32_767]);
  }
});
