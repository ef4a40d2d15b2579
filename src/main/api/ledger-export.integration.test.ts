/** The exports before judges that are not ours: hledger and Beancount, where they are installed (Debian packages hledger and beancount). */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportFormats } from '../../shared/api/ledger-reading.contract.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { fromDecimalString, minorUnits, toDecimalString } from '../../shared/money/money.ts';
import { accountNameOf } from '../documents/ledger-export/plain-text-accounting.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { createJournal } from '../ledger/journal.ts';
import { taxAccountOf } from '../ledger/tax-jurisdictions.ts';
import { openReaders, openReadingDesk, readingNow, type ReadingDesk } from '../testing/reading-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';

type Format = (typeof exportFormats)[number];
type Readers = ReturnType<typeof openReaders>;

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const hasHledger = isInstalled('hledger');
const hasBeancount = isInstalled('bean-check') && isInstalled('bean-query');
const skipped = (program: string, isThere: boolean): string => (isThere ? '' : ` (skipped: ${program} is not installed; apt-get install ${program})`);

/** All parts, one after the other, as every client reads them. */
async function exportAll({ ledger }: Pick<Readers, 'ledger'>, format: Format, asOf?: string) {
  let text = '';
  let entries = 0;
  let parts = 0;
  let cursor: string | null = null;
  for (;;) {
    const part = await ledger.exportPart({ format, cursor, ...(asOf === undefined ? {} : { asOf }) });
    text += part.text;
    entries += part.entries;
    parts += 1;
    cursor = part.nextCursor;
    if (cursor === null) return { text, entries, parts, totalEntries: part.totalEntries, fileName: part.fileName };
  }
}

/** Balances that are not zero, as 'account currency amount'. */
async function ourBalances({ ledger }: Pick<Readers, 'ledger'>, asOf?: string): Promise<string[]> {
  const { rows } = await ledger.trialBalance(asOf === undefined ? {} : { asOf });
  return rows.filter((row) => row.balanceMinor !== 0).map((row) => `${accountNameOf(row.accountCode, row.accountType as 'asset')} ${row.currency.toUpperCase()} ${toDecimalString(row.balanceMinor, row.currency)}`).sort();
}

function hledgerBalances(file: string): string[] {
  const rows = parse(execFileSync('hledger', ['-f', file, 'balance', '--flat', '--no-total', '--layout=bare', '-O', 'csv'], { encoding: 'utf8' }), { columns: true }) as { account: string; commodity: string; balance: string }[];
  return rows.filter((row) => /[1-9]/.test(row.balance)).map((row) => `${row.account} ${row.commodity} ${row.balance}`).sort();
}

function beancountBalances(file: string): string[] {
  const rows = parse(execFileSync('bean-query', ['-q', '-f', 'csv', file, 'SELECT account, currency, str(sum(number)) AS total GROUP BY account, currency'], { encoding: 'utf8' }), { columns: true, trim: true }) as { account: string; currency: string; total: string }[];
  return rows.map((row) => ({ ...row, minor: fromDecimalString(/-?[\d.]+/.exec(row.total)?.[0] ?? '', row.currency.toLowerCase()) })).filter((row) => row.minor !== 0).map((row) => `${row.account} ${row.currency} ${toDecimalString(row.minor, row.currency.toLowerCase())}`).sort();
}

/** What a judge says: exit code and words. */
function judge(program: string, args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

let desk: ReadingDesk;
beforeAll(async () => {
  desk = await openReadingDesk(1);
});
afterAll(() => desk?.[Symbol.asyncDispose]());

describe('the demo company', () => {
  test('is exported whole, in parts', async () => {
    const { entries } = await desk.ledger.trialBalance({});
    for (const format of exportFormats) {
      const exported = await exportAll(desk, format);
      expect([exported.entries, exported.totalEntries]).toEqual([entries, entries]);
      expect(exported.parts).toBeGreaterThan(5);
    }
  });

  test.skipIf(!hasHledger)(`as an hledger journal passes hledger check --strict, and its balances are ours${skipped('hledger', hasHledger)}`, async () => {
    for (const asOf of [undefined, '2026-03-31', '2025-01-15']) {
      const { text, fileName } = await exportAll(desk, 'hledger', asOf);
      const file = join(desk.folder, fileName);
      writeFileSync(file, text);
      expect(judge('hledger', ['-f', file, 'check', '--strict'])).toEqual({ status: 0, said: '' });
      expect(hledgerBalances(file)).toEqual(await ourBalances(desk, asOf));
    }
  });

  test.skipIf(!hasHledger)(`as an hledger journal with one amount changed does not pass${skipped('hledger', hasHledger)}`, async () => {
    const { text } = await exportAll(desk, 'hledger');
    const file = join(desk.folder, 'changed.journal');
    // The same change on both sides: the entry still balances, the balances do not.
    const [first = '', second = ''] = text.match(/ {2}-?2000\.00 USD/g) ?? [];
    expect([first.trim(), second.trim()].sort()).toEqual(['-2000.00 USD', '2000.00 USD']);
    writeFileSync(file, text.replace(first, first.replace('2000.00', '2000.01')).replace(second, second.replace('2000.00', '2000.01')));
    expect(judge('hledger', ['-f', file, 'check', '--strict']).status).not.toBe(0);
  });

  test.skipIf(!hasBeancount)(`as a Beancount ledger passes bean-check, and its balances are ours${skipped('beancount', hasBeancount)}`, async () => {
    for (const asOf of [undefined, '2026-03-31']) {
      const { text, fileName } = await exportAll(desk, 'beancount', asOf);
      const file = join(desk.folder, fileName);
      writeFileSync(file, text);
      expect(judge('bean-check', [file])).toEqual({ status: 0, said: '' });
      expect(beancountBalances(file)).toEqual(await ourBalances(desk, asOf));
    }
  });

  test.skipIf(!hasBeancount)(`as a Beancount ledger with one amount changed by a cent does not pass${skipped('beancount', hasBeancount)}`, async () => {
    const { text } = await exportAll(desk, 'beancount');
    const file = join(desk.folder, 'changed.beancount');
    const [first = '', second = ''] = text.match(/ {2}-?2000\.00 USD/g) ?? [];
    writeFileSync(file, text.replace(first, first.replace('2000.00', '2000.01')).replace(second, second.replace('2000.00', '2000.01')));
    expect(judge('bean-check', [file]).status).not.toBe(0);
  });

  test('as CSV has a line per posting, whose sums are the trial balance', async () => {
    const { text } = await exportAll(desk, 'csv');
    const lines = parse(text, { columns: true }) as Record<string, string>[];
    expect(Object.keys(lines[0] ?? {})).toMatchSnapshot('columns');
    const sums = new Map<string, number>();
    for (const line of lines) {
      const currency = line['currency']?.toLowerCase() ?? '';
      const key = `${line['account_code']} ${currency}`;
      sums.set(key, (sums.get(key) ?? 0) + (line['debit'] ? fromDecimalString(line['debit'], currency) : -fromDecimalString(line['credit'] ?? '', currency)));
    }
    const { rows } = await desk.ledger.trialBalance({});
    expect(Object.fromEntries(sums)).toEqual(Object.fromEntries(rows.map((row) => [`${row.accountCode} ${row.currency}`, row.balanceMinor])));
  });
});

const hostile = [
  'quote " and \\ backslash', 'semicolon ; and | bar', 'line\nend\r\nand tab\t', '\u202egnirts\u202c bidi \u2066x\u2069', '=HYPERLINK("http://x")', '{curly} [2020-13-45] date:2020-99-99, tag:value', '  two  spaces  ', '* ! (code) #tag ^link', '2026-01-01 open Assets:Evil',
  '\u0000\u0007\u001b[2J', 'Ünïcødé 株式会社 🧾', '"', '\\', "'", '@ 5 EUR', 'include /etc/passwd', '\n2026-01-01 * "x" "y"\n  Assets:Evil  1 USD\n', 'comment\nend comment', '$(rm -rf /) `x`',
];

describe('names and memos that are hostile to the formats', () => {
  /** The account's code, name and the party's name are hostile too; amounts in yen and dinars with the decimals those have. */
  function openHostileBooks() {
    const ledger = openTemporaryDatabase();
    const { connection } = ledger.database;
    connection.prepare('INSERT INTO ledger_settings VALUES (?, ?, ?)').run('company_name', hostile.join(' '), readingNow);
    const drafts = hostile.map((text, index): JournalEntryDraft => {
      connection.prepare('INSERT INTO accounts VALUES (?, ?, ?, ?, ?)').run(`${2900 + index}-${text}`, text, 'liability', 'credit', text);
      connection.prepare('INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES (?, ?, 0, 0, ?)').run(`cus_${text}`, text, '{}');
      const currency = ['usd', 'jpy', 'kwd'][index % 3] ?? 'usd';
      const line = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(1_234_567 + index), currency, functionalAmount: minorUnits(100 + index), rate: currency === 'usd' ? null : '0.0067', partyId: `cus_${text}` });
      return { key: `key/${index}/${text}`, entryDate: localDate('2026-02-28'), kind: 'sale', sourceType: 'test', sourceId: text, memo: text, postings: [line(accountCodes.bank, 'debit'), line(`${2900 + index}-${text}`, 'credit')] };
    });
    ledger.database.unitOfWork.run('test', (database) => createJournal({ clock: fixedClock(readingNow) }).post(database, drafts));
    return { ...openReaders(ledger.database), folder: ledger.folder, [Symbol.dispose]: () => ledger[Symbol.dispose]() };
  }

  test.skipIf(!hasHledger)(`stay text for hledger${skipped('hledger', hasHledger)}`, async () => {
    using books = openHostileBooks();
    const { text, entries } = await exportAll(books, 'hledger');
    const file = join(books.folder, 'hostile.journal');
    writeFileSync(file, text);
    expect(entries).toBe(hostile.length);
    expect(judge('hledger', ['-f', file, 'check', '--strict'])).toEqual({ status: 0, said: '' });
    expect(hledgerBalances(file)).toEqual(await ourBalances(books));
    const described = execFileSync('hledger', ['-f', file, 'descriptions'], { encoding: 'utf8' });
    expect(described).toContain('\\u202egnirts\\u202c bidi');
    expect(execFileSync('hledger', ['-f', file, 'stats'], { encoding: 'utf8' })).toMatch(new RegExp(`Transactions\\s+: ${hostile.length + 1} `));
  });

  test.skipIf(!hasBeancount)(`stay text for Beancount${skipped('beancount', hasBeancount)}`, async () => {
    using books = openHostileBooks();
    const { text } = await exportAll(books, 'beancount');
    const file = join(books.folder, 'hostile.beancount');
    writeFileSync(file, text);
    expect(judge('bean-check', [file])).toEqual({ status: 0, said: '' });
    expect(beancountBalances(file)).toEqual(await ourBalances(books));
  });

  test('stay text for a spreadsheet, and no line shows what it is not', async () => {
    using books = openHostileBooks();
    const rows = parse((await exportAll(books, 'csv')).text, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(2 * hostile.length);
    expect(rows.filter((row) => row['memo']?.startsWith('='))).toEqual([]);
    for (const format of ['hledger', 'beancount'] as const) expect((await exportAll(books, format)).text).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  });
});

describe('tax that is owed to somebody beside tax that nobody could place', () => {
  test('is judged by both tools, and their balances are ours', async () => {
    using ledger = openTemporaryDatabase();
    const readers = openReaders(ledger.database);
    const sale = (taxAccount: string, number: number): JournalEntryDraft => {
      const line = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(number), currency: 'usd', functionalAmount: minorUnits(number), rate: null, partyId: null });
      return { key: `sale/${number}`, entryDate: localDate('2026-02-01'), kind: 'sale', sourceType: 'test', sourceId: `s_${number}`, memo: `Sale ${number}`, postings: [line(accountCodes.bank, 'debit'), line(taxAccount, 'credit')] };
    };
    const drafts = [sale(accountCodes.taxPayable, 400), sale(taxAccountOf('DE'), 600), sale(taxAccountOf('US-NY'), 50)];
    ledger.database.unitOfWork.run('test', (database) => createJournal({ clock: fixedClock(readingNow) }).post(database, drafts));
    for (const [format, program, args, balancesOf, isThere] of [['hledger', 'hledger', ['check', '--strict', '-f'], hledgerBalances, hasHledger], ['beancount', 'bean-check', [], beancountBalances, hasBeancount]] as const) {
      const { text, fileName } = await exportAll(readers, format);
      const file = join(ledger.folder, fileName);
      writeFileSync(file, text);
      if (!isThere) continue;
      expect(judge(program, [...args, file])).toEqual({ status: 0, said: '' });
      expect(balancesOf(file)).toEqual(await ourBalances(readers));
    }
  });
});

describe('a ledger without an entry', () => {
  test('is exported too, and the judges have nothing against it', async () => {
    using ledger = openTemporaryDatabase();
    const readers = openReaders(ledger.database);
    expect((await exportAll(readers, 'csv')).text.trimEnd().split('\r\n')).toHaveLength(1);
    for (const [format, program, args, isThere] of [['hledger', 'hledger', ['check', '--strict', '-f'], hasHledger], ['beancount', 'bean-check', [], hasBeancount]] as const) {
      const { text, fileName, entries } = await exportAll(readers, format);
      expect(entries).toBe(0);
      const file = join(ledger.folder, fileName);
      writeFileSync(file, text);
      if (isThere) expect(judge(program, [...args, file])).toEqual({ status: 0, said: '' });
    }
    await expect(readers.ledger.exportPart({ format: 'hledger', asOf: '2026-02-31' })).rejects.toMatchObject({ code: 'date-invalid' });
    await expect(readers.ledger.exportPart({ format: 'hledger', cursor: '{}' })).rejects.toMatchObject({ code: 'cursor-invalid' });
  });
});

describe('entries that are sealed while an export is read', () => {
  test('are in none of its parts', async () => {
    using ledger = openTemporaryDatabase();
    const readers = openReaders(ledger.database);
    const journal = createJournal({ clock: fixedClock(readingNow) });
    const sale = (number: number): JournalEntryDraft => {
      const line = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(number), currency: 'usd', functionalAmount: minorUnits(number), rate: null, partyId: null });
      return { key: `sale/${number}`, entryDate: localDate('2026-02-01'), kind: 'sale', sourceType: 'test', sourceId: `s_${number}`, memo: `Sale ${number}`, postings: [line(accountCodes.bank, 'debit'), line(accountCodes.oneOffRevenue, 'credit')] };
    };
    const post = (from: number, to: number) => ledger.database.unitOfWork.run('test', (database) => journal.post(database, Array.from({ length: to - from }, (_, index) => sale(from + index))));
    post(1, 601);
    const first = await readers.ledger.exportPart({ format: 'beancount' });
    post(601, 700);
    let text = first.text;
    let cursor = first.nextCursor;
    while (cursor !== null) {
      const part = await readers.ledger.exportPart({ format: 'beancount', cursor });
      text += part.text;
      cursor = part.nextCursor;
    }
    expect(text.match(/^ {2}sequence: /gm)).toHaveLength(600);
    expect(text).toContain(`balance Assets:1000-bank  ${toDecimalString((600 * 601) / 2, 'usd')} ~ 0 USD`);
  });
});
