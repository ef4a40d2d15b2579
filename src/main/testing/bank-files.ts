/** Small statement files of our own, and a desk to read them at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CsvMapping } from '../banking/csv-mapping.ts';
import type { StatementOutline } from '../banking/statement-checking.ts';
import type { StatementLine } from '../banking/statement-file.ts';
import { readStatementFile } from '../banking/statement-reading.ts';
import { unattended } from '../platform/work-control.ts';

export interface CamtEntry {
  readonly amount: string;
  readonly isDebit?: boolean;
  readonly on?: string;
  readonly reference?: string | null;
  readonly endToEnd?: string;
  readonly name?: string;
  readonly text?: string;
}

export interface CamtStatement {
  readonly id: string;
  readonly iban?: string;
  readonly currency?: string;
  readonly opening: string;
  readonly closing: string;
  readonly entries: readonly CamtEntry[];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function entryXml(entry: CamtEntry, currency: string): string {
  const on = entry.on ?? '2026-11-17';
  return `<Ntry><Amt Ccy="${currency}">${entry.amount}</Amt><CdtDbtInd>${entry.isDebit ? 'DBIT' : 'CRDT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>${on}</Dt></BookgDt><ValDt><Dt>${on}</Dt></ValDt>${entry.reference ? `<AcctSvcrRef>${entry.reference}</AcctSvcrRef>` : ''}
<NtryDtls><TxDtls>${entry.endToEnd ? `<Refs><EndToEndId>${escaped(entry.endToEnd)}</EndToEndId></Refs>` : ''}${entry.name ? `<RltdPties><${entry.isDebit ? 'Cdtr' : 'Dbtr'}><Pty><Nm>${escaped(entry.name)}</Nm></Pty></${entry.isDebit ? 'Cdtr' : 'Dbtr'}></RltdPties>` : ''}<RmtInf><Ustrd>${escaped(entry.text ?? '')}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`;
}

export function camtFile(statements: readonly CamtStatement[]): string {
  const signed = (amount: string): string => `${amount.replace('-', '')}</Amt><CdtDbtInd>${amount.startsWith('-') ? 'DBIT' : 'CRDT'}</CdtDbtInd>`;
  const parts = statements.map(({ id, iban = 'DE89370400440532013000', currency = 'EUR', opening, closing, entries }) =>
    `<Stmt><Id>${id}</Id><Acct><Id><IBAN>${iban}</IBAN></Id><Ccy>${currency}</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${signed(opening)}<Dt><Dt>2026-11-16</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${signed(closing)}<Dt><Dt>2026-11-17</Dt></Dt></Bal>
${entries.map((entry) => entryXml(entry, currency)).join('\n')}</Stmt>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>\n${parts.join('\n')}\n</BkToCstmrStmt></Document>\n`;
}

export const mt940File = [
  ':20:STARTUMS', ':25:37040044/0532013000', ':28C:00017/001', ':60F:C261116EUR1000,00', ':61:2611171117CR250,50NTRFNONREF//BANK-1', ':86:166?00GUTSCHRIFT?20EREF+API-202610-dp_pk_?21CWA SVWZ+Oktober?30DEUTDEFF?31DE02?32Countywide?33 Abstract',
  ':61:2611171117D12,5NMSCKREF-7//BANK-2', ':86:Entgelt', ':62F:C261117EUR1238,00', '-', '',
].join('\r\n');

export const ofxFile = `OFXHEADER:100
DATA:OFXSGML
VERSION:102
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>021000021<ACCTID>5550100<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20261101<DTEND>20261118
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261117120000[-5:EST]<TRNAMT>1204.50<FITID>F-1<NAME>STRIPE PAYOUT<MEMO>ST-A1B2C3 &amp; more</STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20261118<TRNAMT>-15.00<FITID>F-2<NAME>WIRE FEE</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>9189.50<DTASOF>20261118</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
`;

export const noColumns: CsvMapping['columns'] = {
  bookedOn: '', valuedOn: '', amount: '', debit: '', credit: '', side: '', currency: '', description: [], counterpartyName: '', counterpartyAccount: '', reference: '', entryReference: '', balanceAfter: '',
};
export const germanMapping: CsvMapping = {
  name: 'Hausbank', encoding: 'windows-1252', delimiter: ';', headingLines: 2, dateFormat: 'DD.MM.YYYY', decimalSign: ',', sign: 'signed', debitMark: '', currency: 'eur',
  columns: { ...noColumns, bookedOn: 'Buchungstag', amount: 'Betrag', counterpartyName: 'Name', description: ['Zweck'], balanceAfter: 'Saldo' },
};
export const germanCsv = 'Konto;0532013000\nBuchungstag;Name;Zweck;Betrag;Saldo\n18.11.2026;Bäcker;"Brötchen; 2 ""große"""; -4,20;1.245,80\n17.11.2026;Müller;Rechnung INV-2026-0001;1.250,00;1.250,00\n';

export interface ReadFile {
  readonly format: string;
  readonly lines: readonly { readonly line: StatementLine; readonly identity: string }[];
  readonly statements: readonly StatementOutline[];
}

export interface ReadOptions {
  readonly fileName?: string;
  readonly mapping?: CsvMapping | null;
  readonly account?: string | null;
}

/** Writes bytes to a file and reads it as a statement. */
export async function readBytes(bytes: string | Uint8Array, { fileName = 'statement.txt', mapping = null, account = null }: ReadOptions = {}): Promise<ReadFile> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bank-'));
  const file = join(folder, 'file');
  try {
    writeFileSync(file, bytes);
    return await readFile(file, { fileName, mapping, account });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function readFile(file: string, { fileName = file, mapping = null, account = null }: ReadOptions = {}): Promise<ReadFile> {
  const lines: { line: StatementLine; identity: string }[] = [];
  const statements: StatementOutline[] = [];
  const source = { file, fileName, mapping, account: account === null ? null : { number: account, isIban: false, name: null }, currency: null };
  const format = await readStatementFile(source, { begin() {}, line: (line, identity) => lines.push({ line, identity }), end: (outline) => statements.push(outline) }, unattended);
  return { format, lines, statements };
}
