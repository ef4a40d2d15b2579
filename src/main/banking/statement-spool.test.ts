/** What was checked is told again as it was said, and a file too large to be kept is read again: both write the same. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { readChartOfAccounts } from '../ledger/chart-of-accounts.ts';
import { ensureAccounts } from '../ledger/journal.repository.ts';
import { unattended } from '../platform/work-control.ts';
import { camtFile } from '../testing/bank-files.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import type { CheckedSink } from './statement-checking.ts';
import type { StatementLine } from './statement-file.ts';
import { createStatementImport } from './statement-import.ts';
import { createStatementSpool } from './statement-spool.ts';

const recorder = (): { readonly said: unknown[]; readonly sink: CheckedSink } => {
  const said: unknown[] = [];
  return { said, sink: { begin: (...told) => said.push(['begin', ...told]), line: (...told) => said.push(['line', ...told]), end: (...told) => said.push(['end', ...told]) } };
};

const text = fc.oneof(fc.string(), fc.constantFrom('a\nb', '"quoted"', 'ü – “q”', '\u2028', ''));
const nullable = fc.option(text, { nil: null });
const line: fc.Arbitrary<StatementLine> = fc.record({
  amountMinor: fc.maxSafeInteger().map(minorUnits), currency: fc.constantFrom('eur', 'jpy'), bookedOn: fc.constant(localDate('2026-11-17')), valuedOn: fc.constantFrom(null, localDate('2026-11-18')), entryReference: nullable, references: fc.array(text, { maxLength: 3 }),
  counterpartyName: nullable, counterpartyAccount: nullable, description: text, bankCode: nullable, balanceAfterMinor: fc.option(fc.maxSafeInteger().map(minorUnits), { nil: null }), fileLine: fc.nat(),
});
const account = { number: 'DE1', isIban: true, name: null };
const header = { account, currency: 'eur', reference: 'S-1', sequenceNumber: null };

describe('what is kept of a file', () => {
  test('is told again as it was said', () => {
    fc.assert(fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const spool = createStatementSpool();
      const [heard, again] = [recorder(), recorder()];
      for (const sink of [heard.sink, spool.sink]) {
        sink.begin(account, 'eur', header);
        for (const [index, each] of lines.entries()) sink.line(each, `id/${index}`, index + 1);
      }
      expect(spool.isWhole()).toBe(true);
      const progress = [...spool.replay(again.sink)];
      expect(again.said).toEqual(heard.said);
      expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
    }));
  });

  test('is nothing where it would be more than may be kept', () => {
    const spool = createStatementSpool(10_000);
    const [some] = fc.sample(line, { numRuns: 1, seed: 7 });
    for (let position = 1; position <= 3_000; position += 1) spool.sink.line({ ...(some as StatementLine), description: `${position * 7_919} of ${position ** 5}` }, `id/${position}`, position);
    expect(spool.isWhole()).toBe(false);
    const { said, sink } = recorder();
    expect([[...spool.replay(sink)], said]).toEqual([[], []]);
  });
});

describe('importing', () => {
  test('a file that is kept and one that is read again write the same', async () => {
    const entries = Array.from({ length: 1_200 }, (_, index) => ({ amount: `${1 + (index % 90)}.00`, reference: index % 3 === 0 ? null : `B-${index}`, name: `Customer & ${index % 7}`, endToEnd: `E-${index}`, text: 'Thank you – “all”' }));
    const closing = entries.reduce((sum, { amount }) => sum + Number(amount), 0);
    using folder = makeTemporaryFolder();
    const file = join(folder.path, 'statement.xml');
    writeFileSync(file, camtFile([{ id: 'S-1', opening: '0.00', closing: closing.toFixed(2), entries }, { id: 'S-2', opening: closing.toFixed(2), closing: closing.toFixed(2), entries: [] }]));
    const stored: unknown[] = [];
    for (const mostKeptBytes of [undefined, 1_000]) {
      using ledger = openTemporaryDatabase();
      const { database } = ledger;
      const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
      database.unitOfWork.run('test.chart', (writable) => ensureAccounts(writable, readChartOfAccounts()));
      const imports = createStatementImport({ readable: database, unitOfWork: database.unitOfWork, durability: database.durability, audit: createAuditLog({ clock }), clock, bankLedgerAccount: '1000-bank', ...(mostKeptBytes === undefined ? {} : { mostKeptBytes }) });
      const seen = new Set<string>();
      const outcome = await imports.importFile({ file, fileName: 'statement.xml' }, 'amara', { ...unattended, report: ({ note }) => void seen.add(note) });
      expect([...seen]).toEqual(['Checking the file', 'Writing the lines']);
      expect(await imports.importFile({ file, fileName: 'statement.xml' }, 'amara', unattended)).toMatchObject({ added: 0, known: 1_200 });
      stored.push([{ ...outcome, importId: '' }, database.all(sql('test.lines', 'SELECT * FROM bank_lines ORDER BY statement_id, position')), database.all(sql('test.statements', "SELECT id, reference, opening_minor, closing_minor, lines, proof, is_whole FROM bank_statements ORDER BY id"))]);
    }
    expect(stored[0]).toEqual(stored[1]);
    expect(stored[0]).toMatchObject([{ statements: 2, proved: 2, added: 1_200 }, expect.anything(), expect.anything()]);
  });
});
