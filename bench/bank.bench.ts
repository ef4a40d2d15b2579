/** Importing a CAMT.053 of a hundred thousand lines, in a process of its own: how long, beside reading the same file's bytes and inserting as many bare rows, and how much memory. */
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { timed, type Measure } from './measure.ts';

const run = promisify(execFile);
const lines = 100_000;
const longestMs = 10_000;
const mostMegabytes = 300;
const leastRatio = 0.2;

/** An entry as banks write it: some nine hundred letters. */
function entry(index: number): string {
  const day = `2026-${String(1 + (index % 10)).padStart(2, '0')}-${String(1 + (index % 28)).padStart(2, '0')}`;
  return `<Ntry><NtryRef>${index}</NtryRef><Amt Ccy="EUR">${1 + (index % 900)}.${String(index % 100).padStart(2, '0')}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>${day}</Dt></BookgDt><ValDt><Dt>${day}</Dt></ValDt><AcctSvcrRef>BANK${String(index).padStart(10, '0')}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>INV-2026-${index}</EndToEndId><TxId>TX${index}</TxId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">${1 + (index % 900)}.${String(index % 100).padStart(2, '0')}</Amt></TxAmt></AmtDtls><RltdPties><Dbtr><Pty><Nm>Customer number ${index % 4_000} &amp; Sons</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE0212030000000${String(index % 10_000_000).padStart(7, '0')}</IBAN></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId></DbtrAgt></RltdAgts><RmtInf><Ustrd>Invoice INV-2026-${index}, thank you</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
`;
}

async function writeStatement(file: string): Promise<void> {
  const stream = createWriteStream(file);
  const balance = (code: string, amount: number) => `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-10-31</Dt></Dt></Bal>`;
  let sum = 0;
  for (let index = 0; index < lines; index += 1) sum += (1 + (index % 900)) * 100 + (index % 100);
  stream.write(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>B</MsgId></GrpHdr><Stmt><Id>BENCH</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>${balance('OPBD', 0)}${balance('CLBD', sum)}\n`);
  for (let index = 0; index < lines; index += 1) if (!stream.write(entry(index))) await once(stream, 'drain');
  stream.end('</Stmt></BkToCstmrStmt></Document>');
  await once(stream, 'close');
}

/** The least that has to be done: every tag of the file found once, and as many rows of the same width written with random keys and one index. */
function bareWork(file: string): void {
  const text = readFileSync(file, 'utf8');
  let entries = 0;
  for (let start = text.indexOf('<'); start >= 0; ) {
    const end = text.indexOf('>', start);
    if (text.slice(start + 1, end) === 'Ntry') entries += 1;
    start = text.indexOf('<', end);
  }
  if (entries !== lines) throw new Error(`The bench's file holds ${entries} entries.`);
  using ledger = openTemporaryDatabase();
  const { connection } = ledger.database;
  connection.exec('CREATE TABLE bare (id TEXT PRIMARY KEY, a TEXT, b TEXT, c INTEGER, d TEXT, e TEXT, f INTEGER, g TEXT, h TEXT, i TEXT, j TEXT, k TEXT, l TEXT, m INTEGER) STRICT; CREATE INDEX bare_by_day ON bare (a, d)');
  const insert = connection.prepare('INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  connection.exec('BEGIN');
  for (let row = 0; row < lines; row += 1) {
    const day = `2026-${String(1 + (row % 10)).padStart(2, '0')}-${String(1 + (row % 28)).padStart(2, '0')}`;
    insert.run(randomUUID(), 'account', 'statement', row, day, day, row, `BANK${row}`, `INV-2026-${row}`, `Customer number ${row % 4_000}`, 'DE02120300000000202051', `Invoice INV-2026-${row}, thank you`, 'PMNT/RCDT/ESCT', null);
  }
  connection.exec('COMMIT');
}

export async function measure(): Promise<Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-bank-'));
  const file = join(folder, 'statement.xml');
  try {
    await writeStatement(file);
    const bareMs = await timed(() => bareWork(file));
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'bank-import.ts'), file]);
    const { added, ms, mostMegabytes: megabytes } = JSON.parse(stdout) as { added: number; ms: number; mostMegabytes: number };
    if (added !== lines) throw new Error(`${added} lines were added.`);
    return [
      { name: 'importing a CAMT.053 of 100,000 lines', ours: ms, reference: longestMs, ratio: longestMs / ms, goal: '≤ 10,000 ms', holds: ms <= longestMs, unit: 'ms', note: 'checked whole, then written' },
      { name: 'the same beside a bare walk over its tags and bare inserts', ours: ms, reference: bareMs, ratio: bareMs / ms, goal: `≥ ${leastRatio}`, holds: bareMs / ms >= leastRatio, unit: 'ms', note: 'here every field is read, checked and kept until all of it is known to be right' },
      { name: 'memory while importing it', ours: megabytes, reference: mostMegabytes, ratio: mostMegabytes / megabytes, goal: '≤ 300 MB', holds: megabytes <= mostMegabytes, unit: 'MB', note: 'the most the process ever had' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
