/**
 * Holds a statement against itself while it is read: one currency, one account, opening + entries = closing; and gives each line its identity, so that the same line read twice is
 * one fact and two equal lines of one day are two (domain.md §6). Pure.
 */
import { hash } from 'node:crypto';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { minorUnits, toDecimalString } from '../../shared/money/money.ts';
import { refuseFile, type StatementAccount, type StatementEnd, type StatementFormat, type StatementHeader, type StatementLine, type StatementSink } from './statement-file.ts';

/** `proved`: opening + entries = closing. `closing-only`: the format knows no opening balance. `none`: the file carries no balance. */
export type StatementProof = 'proved' | 'closing-only' | 'none';

export interface StatementOutline {
  readonly account: StatementAccount;
  readonly currency: CurrencyCode;
  readonly reference: string | null;
  readonly sequenceNumber: string | null;
  readonly from: LocalDate | null;
  readonly to: LocalDate | null;
  readonly openingMinor: number | null;
  readonly closingMinor: number | null;
  readonly lines: number;
  /** What came in, and what went out as a positive figure. */
  readonly creditsMinor: number;
  readonly debitsMinor: number;
  readonly unbooked: number;
  readonly proof: StatementProof;
}

export interface CheckedSink {
  begin(account: StatementAccount, currency: CurrencyCode, header: StatementHeader): void;
  /** @param identity the same whenever the same line is read again; unique within its account. @param position in its statement, from 1. */
  line(line: StatementLine, identity: string, position: number): void;
  end(outline: StatementOutline): void;
}

export interface CheckingOptions {
  readonly format: StatementFormat;
  /** For files that do not name their account. */
  readonly account: StatementAccount | null;
  /** For statements without any line and any balance. */
  readonly currency: CurrencyCode | null;
}

interface Standing {
  readonly header: StatementHeader;
  readonly account: StatementAccount;
  currency: CurrencyCode | null;
  lines: number;
  credits: number;
  debits: number;
}

/** Formats whose statements have the bank's own id and do not overlap. */
const hasStatementIds: Readonly<Record<StatementFormat, boolean>> = { 'camt.053': true, mt940: true, ofx: false, csv: false };

/** What is kept of each statement and line to tell equal ones apart is small, and no bank sends so many: a file made of them must not fill the memory. */
const mostStatements = 20_000;
const mostLines = 2_000_000;

/** @throws ValidationError `bank-file-too-large`, `bank-account-missing`, `bank-currency-mixed`, `bank-statement-unbalanced`, from what the reader does. */
export function createCheckingSink(options: CheckingOptions, sink: CheckedSink): StatementSink {
  let standing: Standing | null = null;
  /** How often the same line has come: in the whole file, or under one id of a statement where lines go by them. */
  let seen = new Map<string, number>();
  /** By account, where lines go by the ids of statements: under the id that came last. */
  const underId = new Map<string, { readonly key: string; readonly seen: Map<string, number> }>();

  const isKeptByStatement = hasStatementIds[options.format];
  let statementKey = '';
  let statements = 0;
  let lines = 0;

  function begin(open: Standing, currency: CurrencyCode): void {
    open.currency = currency;
    sink.begin(open.account, currency, open.header);
  }

  return {
    begin(header, fileLine) {
      const account = header.account ?? options.account;
      if (account === null) throw refuseFile('bank-account-missing', 'The statement does not say of which account it is.', fileLine, 'Say which account it is of. Nothing was imported.');
      standing = { header, account, currency: null, lines: 0, credits: 0, debits: 0 };
      statements += 1;
      if (statements > mostStatements) throw tooMany(`${mostStatements.toLocaleString('en-US')} statements`, fileLine);
      statementKey = `${account.number}/${header.reference ?? ''}/${header.sequenceNumber ?? ''}`;
      if (isKeptByStatement) {
        // Banks use an id again, in one file as well: equal lines of both are two, wherever in a file either stands.
        const known = underId.get(account.number);
        seen = known?.key === statementKey ? known.seen : new Map();
        underId.set(account.number, { key: statementKey, seen });
      }
      if (header.currency !== null) begin(standing, header.currency);
    },

    line(line) {
      if (!standing) return;
      if (standing.currency === null) begin(standing, line.currency);
      if (line.currency !== standing.currency) throw mixed(line.currency, standing.currency ?? '', line.fileLine);
      standing.lines += 1;
      lines += 1;
      if (lines > mostLines) throw tooMany(`${mostLines.toLocaleString('en-US')} entries`, line.fileLine);
      if (line.amountMinor >= 0) standing.credits = minorUnits(standing.credits + line.amountMinor);
      else standing.debits = minorUnits(standing.debits - line.amountMinor);
      const key = lineKey(line, isKeptByStatement ? statementKey : '');
      // A text put together of parts keeps the piece of the file alive that they were cut from; its hash does not.
      const short = hash('sha1', key, 'base64');
      const count = (seen.get(short) ?? 0) + 1;
      seen.set(short, count);
      sink.line(line.nameInText && line.counterpartyName === null ? { ...line, counterpartyName: line.nameInText } : line, count === 1 ? key : `${key}/${count}`, standing.lines);
    },

    end(end, fileLine) {
      const open = standing;
      standing = null;
      if (!open) return;
      if (open.currency === null) {
        const currency = end.closing?.currency ?? end.opening?.currency ?? options.currency;
        if (currency === null) throw refuseFile('bank-currency-unknown', 'The statement names no currency.', fileLine);
        begin(open, currency);
      }
      sink.end(outlineOf(open, end, fileLine));
    },
  };
}

function outlineOf(open: Standing, end: StatementEnd, fileLine: number): StatementOutline {
  const currency = open.currency ?? '';
  for (const balance of [end.opening, end.closing]) if (balance !== null && balance.currency !== currency) throw mixed(balance.currency, currency, balance.fileLine ?? fileLine);
  const { opening, closing } = end;
  const moved = minorUnits(open.credits - open.debits);
  if (opening !== null && closing !== null && opening.amountMinor + moved !== closing.amountMinor) {
    const text = (minor: number): string => toDecimalString(minor, currency);
    const reason = `The statement${open.header.reference === null ? '' : ` ${open.header.reference}`} does not add up: opening ${text(opening.amountMinor)} + entries ${text(moved)} = ${text(opening.amountMinor + moved)}, and it says ${text(closing.amountMinor)} ${currency.toUpperCase()}.`;
    throw refuseFile('bank-statement-unbalanced', reason, fileLine, 'An entry is missing or damaged. Ask the bank for the statement again. Nothing was imported.');
  }
  return {
    account: open.account, currency, reference: open.header.reference, sequenceNumber: open.header.sequenceNumber, from: end.from ?? opening?.on ?? null, to: end.to ?? closing?.on ?? null, openingMinor: opening?.amountMinor ?? null,
    closingMinor: closing?.amountMinor ?? null, lines: open.lines, creditsMinor: open.credits, debitsMinor: open.debits, unbooked: end.unbooked, proof: closing === null ? 'none' : opening === null ? 'closing-only' : 'proved',
  };
}

/** A number so short is the entry's place in its statement, which the next statement begins anew, or in a file. */
const isPlace = (entryReference: string): boolean => /^0*\d{1,5}$/.test(entryReference);

/** The bank's own id with day and amount, as banks use one again; else everything that is written of it. */
function lineKey(line: StatementLine, statementKey: string): string {
  const { entryReference, bookedOn, amountMinor } = line;
  if (entryReference !== null && !isPlace(entryReference)) return `id/${entryReference}/${bookedOn}/${amountMinor}`;
  const text = JSON.stringify([line.valuedOn, line.references, line.counterpartyName, line.counterpartyAccount, line.description, line.bankCode, line.balanceAfterMinor]);
  return `text/${statementKey}/${bookedOn}/${amountMinor}/${hash('sha256', text, 'hex').slice(0, 32)}`;
}

const tooMany = (what: string, fileLine: number): ReturnType<typeof refuseFile> => refuseFile('bank-file-too-large', `The file holds more than ${what}.`, fileLine, 'Ask the bank for statements of shorter periods. Nothing was imported.');

function mixed(found: string, expected: string, fileLine: number): ReturnType<typeof refuseFile> {
  return refuseFile('bank-currency-mixed', `There is an amount in ${found.toUpperCase()} in a statement in ${expected.toUpperCase()}.`, fileLine, 'A statement is of one account in one currency. Nothing was imported.');
}
