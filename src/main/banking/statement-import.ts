/**
 * Statement files into the ledger's file: looked through whole before anything is written, then what was checked is written in short transactions; a file too large for that to be kept is
 * read once more. What is known already is left as it is, so a file read again changes nothing.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/calendar/clock.ts';
import { ConflictError, NotFoundError, StorageError, ValidationError } from '../../shared/errors/errors.ts';
import type { Durability, ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { createTransactionPace } from '../database/transaction-pace.ts';
import { idFromKey, newId } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import {
  beginImport, beginStatement, dropEmptyStatement, dropSomeLines, endStatement, findBankAccount, findMapping, findStatementFigures, finishImport, forgetImport, insertBankLines, listBankAccounts, saveBankAccount, type BankAccount, type NewBankLine, type StatementFigures,
} from './bank-statement.repository.ts';
import type { BankAuditPort } from './banking.ports.ts';
import type { CsvMapping } from './csv-mapping.ts';
import type { CheckedSink, StatementOutline } from './statement-checking.ts';
import { createStatementSpool, type StatementSpool } from './statement-spool.ts';
import { readAccountNumber, type StatementAccount, type StatementFormat, type StatementLine } from './statement-file.ts';
import { readStatementFile, type StatementSource } from './statement-reading.ts';

export interface StatementImportDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly durability: Durability;
  readonly audit: BankAuditPort;
  readonly clock: Clock;
  /** Where money on a new account is booked. */
  readonly bankLedgerAccount: string;
  /** Of what a file says, in bytes; beyond it the file is read twice. As {@link createStatementSpool} has it when left out. */
  readonly mostKeptBytes?: number;
}

export interface FileToRead {
  readonly file: string;
  readonly fileName: string;
  /** The name of a saved mapping, or one that is being tried. */
  readonly mapping?: string | CsvMapping | undefined;
  /** The id or the number of a bank account, for files that do not name theirs. */
  readonly account?: string | undefined;
  /** Of an account that is new. */
  readonly currency?: string | undefined;
}

/** What a file holds, without anything written. */
export interface FileOutline {
  readonly format: StatementFormat;
  readonly statements: readonly StatementOutline[];
  readonly moreStatements: number;
  readonly lines: number;
  readonly firstLines: readonly StatementLine[];
}

export interface ImportOutcome {
  readonly importId: string;
  readonly format: StatementFormat;
  readonly fileName: string;
  readonly statements: number;
  /** Statements whose balances prove each other. */
  readonly proved: number;
  readonly added: number;
  readonly known: number;
  readonly newAccounts: number;
}

export interface StatementImport {
  /** Reads the whole file and says what it holds. @throws as {@link readStatementFile}; NotFoundError `bank-mapping-unknown`. */
  look(wanted: FileToRead, control: WorkControl): Promise<FileOutline>;
  /** @throws as {@link look}, with nothing written; what `control.signal` was aborted with, and what was written is taken back. */
  importFile(wanted: FileToRead, actor: string, control: WorkControl): Promise<ImportOutcome>;
}

const mostOutlined = 50;
const mostShown = 20;
/** What is touched again and again of the indexes of a million lines; less than a command keeps, as the file's own text lies beside it. */
const pagesKilobytes = 24 * 1024;
/** A commit writes each page of an index that it touched: many lines share them. Never longer than a transaction may take now. */
const linesPerTransaction = { first: 500, least: 250, most: 4_000 };

export const bankAccountId = (number: string, currency: string): string => idFromKey(`bank-account/${number}/${currency}`);

export function createStatementImport({ readable, unitOfWork, durability, audit, clock, bankLedgerAccount, mostKeptBytes }: StatementImportDependencies): StatementImport {
  function sourceOf(wanted: FileToRead): StatementSource {
    const mapping = typeof wanted.mapping === 'string' ? findMapping(readable, wanted.mapping) : wanted.mapping;
    if (wanted.mapping !== undefined && mapping === undefined) throw new NotFoundError('bank-mapping-unknown', `There is no mapping named “${String(wanted.mapping)}”.`, { nextStep: 'See the saved ones under Reconciliation, Bank, or with daybook bank mappings.' });
    const known = wanted.account === undefined ? undefined : accountOf(readable, wanted.account);
    const account: StatementAccount | null = known ? { number: known.number, isIban: known.isIban, name: known.name } : wanted.account === undefined ? null : { ...readAccountNumber(wanted.account), name: null };
    return { file: wanted.file, fileName: wanted.fileName, mapping: mapping ?? null, account, currency: known?.currency ?? wanted.currency ?? null };
  }

  /** @param also is told what is read, as it is read. */
  async function look(wanted: FileToRead, control: WorkControl, also: CheckedSink = { begin: () => {}, line: () => {}, end: () => {} }): Promise<FileOutline> {
    const statements: StatementOutline[] = [];
    const firstLines: StatementLine[] = [];
    let moreStatements = 0;
    let lines = 0;
    const format = await readStatementFile(sourceOf(wanted), {
      begin: also.begin,
      line(line, identity, position) {
        lines += 1;
        if (firstLines.length < mostShown) firstLines.push(line);
        also.line(line, identity, position);
      },
      end(outline) {
        also.end(outline);
        if (statements.length < mostOutlined) statements.push(outline);
        else moreStatements += 1;
      },
    }, control);
    return { format, statements, moreStatements, lines, firstLines };
  }

  return {
    look: (wanted, control) => look(wanted, control),
    async importFile(wanted, actor, control) {
      const spool = createStatementSpool(mostKeptBytes);
      const naming = createNaming(readable);
      const checking: CheckedSink = {
        ...spool.sink,
        end(outline) {
          naming.add(outline);
          spool.sink.end(outline);
        },
      };
      const { format } = await look(wanted, { ...control, report: (progress) => control.report({ ...progress, note: 'Checking the file' }) }, checking);
      const source = sourceOf(wanted);
      const importId = newId();
      const contentHash = await hashOf(wanted.file);
      unitOfWork.run('bank.begin-import', (database) =>
        beginImport(database, { id: importId, fileName: wanted.fileName, format, contentHash, sizeBytes: statSync(wanted.file).size, mappingName: source.mapping?.name ?? null, startedAt: clock.now(), actor }));
      const writing = createWriting({ unitOfWork, clock, bankLedgerAccount, importId, contentHash, idOf: (place) => naming.ids[place - 1] ?? null, actor });
      try {
        // The file can be read again: its commits need not be on disk one by one.
        const writingControl: WorkControl = { ...control, report: (progress) => control.report({ ...progress, note: 'Writing the lines' }) };
        await durability.relaxWhile(async () => {
          if (spool.isWhole()) await writeSpooled(spool, writing.sink, writingControl);
          else await readStatementFile(source, writing.sink, writingControl);
        }, pagesKilobytes);
      } catch (error) {
        writing.takeBack();
        throw error;
      }
      const { counts } = writing;
      unitOfWork.run('bank.finish-import', (database) => {
        finishImport(database, importId, clock.now(), counts);
        audit.append(database, { entity: 'bank-import', entityId: importId, action: 'import', actor, diff: { fileName: wanted.fileName, format, contentHash, statements: counts.statements, added: counts.added, known: counts.known } });
      });
      return { importId, format, fileName: wanted.fileName, ...counts };
    },
  };
}

async function writeSpooled(spool: StatementSpool, sink: CheckedSink, control: WorkControl): Promise<void> {
  for (const progress of spool.replay(sink)) {
    control.signal.throwIfAborted();
    control.report({ ...progress, note: '' });
    await nextTurn();
  }
}

/** By id or number; undefined when there is none. @throws ValidationError `bank-account-ambiguous` when the number has accounts in several currencies. */
export function accountOf(readable: ReadableDatabase, idOrNumber: string): BankAccount | undefined {
  const byId = findBankAccount(readable, idOrNumber);
  if (byId) return byId;
  const { number } = readAccountNumber(idOrNumber);
  const found = listBankAccounts(readable).filter((account) => account.number === number);
  if (found.length > 1) throw new ValidationError('bank-account-ambiguous', `${number} has accounts in several currencies.`, { data: { currencies: found.map((account) => account.currency) }, nextStep: 'Name the account by its id.' });
  return found[0];
}

interface WritingDependencies extends Pick<StatementImportDependencies, 'unitOfWork' | 'clock' | 'bankLedgerAccount'> {
  readonly importId: string;
  readonly contentHash: string;
  /** Of the statement at a place in the file, from 1; null: the bank gave it none. */
  idOf(place: number): string | null;
  readonly actor: string;
}

function createWriting({ unitOfWork, clock, bankLedgerAccount, importId, contentHash, idOf, actor }: WritingDependencies) {
  const counts = { statements: 0, proved: 0, added: 0, known: 0, newAccounts: 0 };
  const made: string[] = [];
  let standing: { readonly id: string; readonly accountId: string } | null = null;
  const waiting: NewBankLine[] = [];
  let place = 0;
  const pace = createTransactionPace({ ...linesPerTransaction, patienceMs: unitOfWork.patienceMs });

  /** @param least with fewer than this the next lines are waited for. */
  function flush(least: number): void {
    while (waiting.length >= least) {
      // By id: neighbours share a page of the index.
      const lines = waiting.splice(0, pace.size()).sort((a, b) => (a.id < b.id ? -1 : 1));
      const startedMs = performance.now();
      const added = unitOfWork.run('bank.write-lines', (database) => insertBankLines(database, lines));
      pace.took(lines.length, performance.now() - startedMs);
      counts.added += added;
      counts.known += lines.length - added;
    }
  }

  const sink: CheckedSink = {
    begin(account, currency, header) {
      place += 1;
      const accountId = bankAccountId(account.number, currency);
      const id = idOf(place) ?? idFromKey(`bank-statement/${accountId}/file/${contentHash}/${place}`);
      standing = { id, accountId };
      unitOfWork.run('bank.begin-statement', (database) => {
        const isNew = saveBankAccount(database, { id: accountId, number: account.number, isIban: account.isIban, name: account.name ?? account.number, currency, ledgerAccount: bankLedgerAccount }, clock.now(), actor);
        if (isNew) counts.newAccounts += 1;
        if (beginStatement(database, { id, accountId, reference: header.reference, sequenceNumber: header.sequenceNumber, importId })) made.push(id);
      });
    },
    line(line, identity, position) {
      if (!standing) return;
      waiting.push({ id: idFromKey(`bank-line/${standing.accountId}/${identity}`), accountId: standing.accountId, statementId: standing.id, position, line });
      if (waiting.length >= pace.size()) flush(pace.size());
    },
    end(outline) {
      const ended = standing;
      standing = null;
      if (!ended) return;
      flush(1);
      counts.statements += 1;
      if (outline.proof === 'proved') counts.proved += 1;
      unitOfWork.run('bank.end-statement', (database) => endStatement(database, ended.id, outline));
    },
  };

  return {
    sink, counts,
    /** What this import wrote is taken out again, statement by statement; accounts stay. */
    takeBack(): void {
      for (const id of made) {
        while (unitOfWork.run('bank.take-back-lines', (database) => dropSomeLines(database, id)) > 0);
        unitOfWork.run('bank.take-back-statement', (database) => dropEmptyStatement(database, id));
      }
      unitOfWork.run('bank.take-back-import', (database) => forgetImport(database, importId));
    },
  };
}

/**
 * Which statement each one of a file is. The bank's id names it, and the same in every file; but banks begin their numbers anew each year, or write one id on all: of other days, or
 * from another balance on, it is another statement, and has them in its id. What else is the same statement says the same.
 */
function createNaming(readable: ReadableDatabase) {
  const ids: (string | null)[] = [];
  const ofFile = new Map<string, StatementFigures>();
  const isSame = (known: StatementFigures, outline: StatementOutline): boolean => known.lines === outline.lines && known.creditsMinor === outline.creditsMinor && known.debitsMinor === outline.debitsMinor && known.closingMinor === outline.closingMinor;

  return {
    /** By place in the file. */
    ids,
    /** @throws ConflictError `bank-statement-changed`. */
    add(outline: StatementOutline): void {
      const { account, currency, reference, sequenceNumber, from, to, lines, creditsMinor, debitsMinor, closingMinor, openingMinor } = outline;
      if (reference === null) {
        ids.push(null);
        return;
      }
      const key = `bank-statement/${bankAccountId(account.number, currency)}/${reference}/${sequenceNumber ?? ''}`;
      for (const id of [idFromKey(key), idFromKey(`${key}/${from ?? ''}/${to ?? ''}/${openingMinor ?? ''}`)]) {
        const known = ofFile.get(id) ?? findStatementFigures(readable, id);
        if (known && (known.from !== from || known.to !== to || known.openingMinor !== openingMinor)) continue;
        if (known && !isSame(known, outline)) throw new ConflictError('bank-statement-changed', `The statement ${reference} is known with other figures: ${known.lines} entries there, ${lines} here.`, { data: { reference }, nextStep: 'Ask the bank which of the two holds. Nothing was imported.' });
        ofFile.set(id, { lines, creditsMinor, debitsMinor, closingMinor, from, to, openingMinor });
        ids.push(id);
        return;
      }
    },
  };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  } catch (cause) {
    throw new StorageError('file-unreadable', 'The file cannot be read.', { cause, nextStep: 'Check its name, then choose it again.' });
  }
  return hash.digest('hex');
}

