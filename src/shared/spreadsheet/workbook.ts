/**
 * A workbook (Office Open XML, ECMA-376) as the texts of its files, row by row: nobody holds the whole of one. Who packs them into a ZIP archive is a port, as
 * window and command line have their own.
 *
 * Numbers are written as the decimal text they come in, with the decimals they have; dates as days since 1899-12-30, which spreadsheets count in; a text that a spreadsheet would
 * run as a formula gets an apostrophe, as in CSV.
 */
import { neutraliseFormula, type Cell, type CellColumn, type CellKind } from './cells.ts';

/** Files of an archive that are begun, written to and ended one after the other. */
export interface WorkbookArchive {
  startFile(path: string): void;
  write(text: string): void;
  endFile(): void;
}

export interface WorkbookWriter {
  rows(rows: readonly (readonly Cell[])[]): void;
  /** The archive itself is then still to be ended. */
  end(): void;
}

/** What a sheet can hold, its head among them. */
const mostRowsOfSheet = 1_048_576;
/** A spreadsheet counts in doubles: a number of more digits would come back as another one. */
const mostDigits = 15;
/** Of a cell; a longer text ends in an ellipsis, so that nobody takes it for the whole. */
const mostCharacters = 32_767;
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** Places in {@link styles}: numbers with so many decimals follow each other. */
const style = { head: 1, date: 2, instant: 3, number: 4 } as const;
const mostDecimals = 4;

const numberFormats = Array.from({ length: mostDecimals + 1 }, (_, decimals) => `#,##0${decimals === 0 ? '' : `.${'0'.repeat(decimals)}`}`);
const styles = `${declaration}<styleSheet ${main}><numFmts count="${numberFormats.length + 2}"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>${numberFormats
  .map((code, decimals) => `<numFmt numFmtId="${166 + decimals}" formatCode="${code}"/>`).join('')}</numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>
<cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="${style.number + numberFormats.length}"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/><xf xfId="0" numFmtId="165" applyNumberFormat="1"/>${numberFormats
  .map((_, decimals) => `<xf xfId="0" numFmtId="${166 + decimals}" applyNumberFormat="1"/>`).join('')}</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

/** What XML cannot carry is written as its number between underscores, and what looks like such a number too (ECMA-376, ST_Xstring). */
function escaped(text: string): string {
  return (text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text)
    .replace(/_x[0-9a-f]{4}_/gi, (found) => `_x005F${found}`)
    // oxlint-disable-next-line no-control-regex -- these are the signs meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000d\u000e-\u001f\ufffe\uffff]/g, (sign) => `_x${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));
}

const textCell = (text: string, styleAt?: number): string => `<c t="inlineStr"${styleAt === undefined ? '' : ` s="${styleAt}"`}><is><t xml:space="preserve">${escaped(neutraliseFormula(text))}</t></is></c>`;
const numberCell = (value: string, styleAt: number): string => `<c s="${styleAt}"><v>${value}</v></c>`;

const plainNumber = /^-?\d+(?:\.(\d+))?$/;
const plainDate = /^\d{4}-\d{2}-\d{2}$/;
const dayMs = 86_400_000;
const epochDay = 25_569; // 1970-01-01
/** Before March 1900 spreadsheets count a day that never was. */
const firstSafeDay = 61;

function dayOf(date: string): number | null {
  const at = Date.parse(`${date}T00:00:00Z`);
  const day = at / dayMs + epochDay;
  return Number.isNaN(at) || day < firstSafeDay || new Date(at).toISOString().slice(0, 10) !== date ? null : day;
}

/** Days with ten decimals: to the millisecond, counted in whole numbers. */
function instantOf(text: string): string | null {
  const at = Date.parse(text);
  if (Number.isNaN(at) || at < 0) return null;
  const parts = (BigInt(at) * 10_000_000_000n) / BigInt(dayMs);
  return `${BigInt(epochDay) + parts / 10_000_000_000n}.${String(parts % 10_000_000_000n).padStart(10, '0')}`;
}

function asNumber(text: string): string | null {
  const found = plainNumber.exec(text);
  const decimals = found?.[1]?.length ?? 0;
  if (!found || decimals > mostDecimals || text.replace(/[-.]/g, '').replace(/^0+/, '').length > mostDigits) return null;
  return numberCell(text, style.number + decimals);
}

function asDate(text: string): string | null {
  const day = plainDate.test(text) ? dayOf(text) : null;
  return day === null ? null : numberCell(String(day), style.date);
}

function asInstant(text: string): string | null {
  const at = instantOf(text);
  return at === null ? null : numberCell(at, style.instant);
}

/** What a number or a date cannot say exactly stays text. */
const written: Readonly<Record<CellKind, (text: string) => string>> = {
  text: (text) => textCell(text), number: (text) => asNumber(text) ?? textCell(text), date: (text) => asDate(text) ?? textCell(text), instant: (text) => asInstant(text) ?? textCell(text),
};

const cellOf = (kind: CellKind, cell: Cell): string => (cell === null || cell === '' ? '<c/>' : written[kind](cell));
const widthOf = ({ title, kind }: CellColumn): number => Math.min(40, Math.max(title.length + 2, kind === 'instant' ? 20 : kind === 'text' ? 16 : 12));

/** 0 → A, 25 → Z, 26 → AA. */
function columnName(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : columnName(Math.floor(index / 26) - 1) + columnName(index % 26);
}

/**
 * Begins the workbook. More rows than a sheet holds go on in another one.
 * @param name of the sheet; what a sheet's name cannot have is taken out.
 */
export function startWorkbook(archive: WorkbookArchive, name: string, columns: readonly CellColumn[], rowsOfSheet: number = mostRowsOfSheet): WorkbookWriter {
  const sheetName = name.replace(/[[\]:*?/\\']/g, ' ').slice(0, 25).trim() || 'Rows';
  let sheets = 0;
  let rowsWritten = 0;

  function startSheet(): void {
    sheets += 1;
    rowsWritten = 1;
    archive.startFile(`xl/worksheets/sheet${sheets}.xml`);
    archive.write(`${declaration}<worksheet ${main}><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns.map((column, index) => `<col min="${index + 1}" max="${index + 1}" width="${widthOf(column)}" customWidth="1"/>`).join('')}</cols><sheetData>
<row>${columns.map((column) => textCell(column.title, style.head)).join('')}</row>`);
  }

  function endSheet(): void {
    archive.write(`\n</sheetData><autoFilter ref="A1:${columnName(Math.max(0, columns.length - 1))}${rowsWritten}"/></worksheet>`);
    archive.endFile();
  }

  function writeFile(path: string, text: string): void {
    archive.startFile(path);
    archive.write(text);
    archive.endFile();
  }

  startSheet();
  return {
    rows(rows) {
      let text = '';
      for (const row of rows) {
        if (rowsWritten === rowsOfSheet) {
          archive.write(text);
          text = '';
          endSheet();
          startSheet();
        }
        text += `\n<row>${columns.map((column, index) => cellOf(column.kind, row[index] ?? null)).join('')}</row>`;
        rowsWritten += 1;
      }
      if (text !== '') archive.write(text);
    },
    end() {
      endSheet();
      const numbers = Array.from({ length: sheets }, (_, index) => index + 1);
      writeFile('xl/styles.xml', styles);
      writeFile('xl/workbook.xml', `${declaration}<workbook ${main} xmlns:r="${relations}"><sheets>${numbers.map((number) => `<sheet name="${escaped(number === 1 ? sheetName : `${sheetName} ${number}`)}" sheetId="${number}" r:id="rId${number}"/>`).join('')}</sheets></workbook>`);
      writeFile('xl/_rels/workbook.xml.rels', `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${numbers.map((number) => `<Relationship Id="rId${number}" Type="${relations}/worksheet" Target="worksheets/sheet${number}.xml"/>`).join('')}<Relationship Id="rId${sheets + 1}" Type="${relations}/styles" Target="styles.xml"/></Relationships>`);
      writeFile('_rels/.rels', `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`);
      writeFile('[Content_Types].xml', `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>${numbers.map((number) => `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`).join('')}<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`);
    },
  };
}
