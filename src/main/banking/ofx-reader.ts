/**
 * OFX statements of bank accounts and cards: the SGML of 1.x, where a value needs no closing tag, and the XML of 2.x. Both are read by one rule: what follows a tag up to the
 * next one is its value. No document type and no entities beyond XML's five. Pure.
 */
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { joinText, keepReferences, readAccountNumber, readAmount, readCurrency, readDay, refuseFile, clip, type StatementAccount, type StatementBalance, type StatementLine, type StatementReader, type StatementSink } from './statement-file.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';

const mostDepth = 64;
const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&nbsp;': ' ' };

type Fields = Map<string, { readonly text: string; readonly fileLine: number }>;

interface Standing {
  readonly fileLine: number;
  /** Of the statement itself: `CURDEF`, `DTSTART`, `ACCTID`, … */
  readonly fields: Fields;
  readonly balance: Fields;
  hasBegun: boolean;
  currency: CurrencyCode | null;
}

export function createOfxReader(sink: StatementSink): StatementReader {
  let text = '';
  return {
    write: (part) => void (text += part),
    finish: () => readOfx(text, sink),
  };
}

function readOfx(text: string, sink: StatementSink): void {
  const open: string[] = [];
  let standing: Standing | null = null;
  let transaction: Fields | null = null;
  let transactionLine = 1;
  let statements = 0;
  let bankSays: string | null = null;
  /** Of the standing `STATUS`. That all went well is no reason why there is no statement. */
  let status = { isFine: false, message: null as string | null };
  let listsAccounts = false;
  let holdsInvestments = false;
  let fileLine = 1;
  /** The next break that is not counted yet: looked for once each, as many banks write the whole file in one line. */
  let nextBreak = text.indexOf('\n');

  const tags = /<([^<>]{0,200})>([^<]*)/g;
  const start = text.search(/<OFX>/i);
  if (start < 0) throw refuseFile('bank-file-malformed', 'The file has no <OFX>.');
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw refuseFile('bank-file-doctype', 'A document type is declared. Statements have none, and what it declares is not read.');
  tags.lastIndex = start;
  for (let match = tags.exec(text); match; match = tags.exec(text)) {
    for (; nextBreak >= 0 && nextBreak < match.index; nextBreak = text.indexOf('\n', nextBreak + 1)) fileLine += 1;
    const [, tag = '', behind = ''] = match;
    if (tag.startsWith('/')) close(tag.slice(1).trim().toUpperCase());
    else if (!tag.startsWith('?') && !tag.startsWith('!')) take(tag.trim().toUpperCase(), decode(behind).trim());
  }
  if (open.length > 0) throw refuseFile('bank-file-truncated', `The file ends inside of <${open.at(-1) ?? ''}>.`, fileLine);
  if (statements > 0) return;
  if (holdsInvestments) throw refuseFile('bank-format-unsupported', 'This is an OFX statement of investments, which is not read.', null, 'Take the statement of a bank account. Nothing was imported.');
  throw refuseFile('bank-file-without-statement', bankSays === null ? `The file holds no statement${listsAccounts ? ': it lists accounts' : ''}.` : `The file holds no statement; the bank says: ${clip(bankSays)}`);

  function take(name: string, value: string): void {
    if (value !== '') {
      takeValue(name, value);
      return;
    }
    if (open.length >= mostDepth) throw refuseFile('bank-file-too-deep', `Elements lie more than ${mostDepth} deep in each other; no statement does.`, fileLine);
    open.push(name);
    if (name === 'STMTRS' || name === 'CCSTMTRS') standing = { fileLine, fields: new Map(), balance: new Map(), hasBegun: false, currency: null };
    if (name === 'INVSTMTRS') holdsInvestments = true;
    if (name === 'ACCTINFO') listsAccounts = true;
    if (name === 'STATUS') status = { isFine: false, message: null };
    if (name === 'STMTTRN') {
      transaction = new Map();
      transactionLine = fileLine;
    }
  }

  function takeValue(name: string, value: string): void {
    if (open.at(-1) === 'STATUS') {
      if (name === 'MESSAGE') status.message = value;
      if ((name === 'CODE' && value === '0') || (name === 'SEVERITY' && value.toUpperCase() === 'INFO')) status.isFine = true;
    }
    const kept = { text: value, fileLine };
    if (transaction !== null) {
      if (name === 'CURSYM' && open.includes('CURRENCY')) assertOwnCurrency(value);
      // The payee's and the other account's parts lie deeper; what is first said of a name holds.
      if (!transaction.has(name)) transaction.set(name, kept);
    } else if (standing !== null) {
      if (open.includes('LEDGERBAL')) standing.balance.set(name, kept);
      else if (!open.includes('AVAILBAL') && !standing.fields.has(name)) standing.fields.set(name, kept);
    }
  }

  /** The amount of such a transaction is in that currency, not in the statement's. What it was before the bank converted it (`ORIGCURRENCY`) says nothing of the amount. */
  function assertOwnCurrency(value: string): void {
    const own = standing?.fields.get('CURDEF')?.text ?? '';
    if (value.toUpperCase() === own.toUpperCase()) return;
    throw refuseFile('bank-currency-mixed', `There is an amount in ${clip(value)} in a statement in ${clip(own)}.`, fileLine, 'A statement is of one account in one currency. Nothing was imported.');
  }

  function close(name: string): void {
    const place = open.lastIndexOf(name);
    if (place < 0) return; // of a value
    for (const closed of open.splice(place).toReversed()) {
      if (closed === 'STATUS' && !status.isFine && status.message !== null) bankSays = status.message;
      if (closed === 'STMTTRN') endTransaction();
      if (closed === 'LEDGERBAL' && standing !== null) standing.balance.set('', { text: '', fileLine });
      if (closed === 'STMTRS' || closed === 'CCSTMTRS') endStatement();
    }
  }

  function begin(of: Standing): CurrencyCode {
    if (of.hasBegun && of.currency !== null) return of.currency;
    const currency = readCurrency(of.fields.get('CURDEF')?.text ?? '', of.fields.get('CURDEF')?.fileLine ?? of.fileLine);
    of.hasBegun = true;
    of.currency = currency;
    sink.begin({ account: accountOf(of.fields), currency, reference: null, sequenceNumber: null }, of.fileLine);
    return currency;
  }

  function endTransaction(): void {
    const fields = transaction;
    transaction = null;
    if (fields === null || standing === null) return;
    sink.line(lineOf(fields, begin(standing), transactionLine));
  }

  function endStatement(): void {
    const ended = standing;
    standing = null;
    if (ended === null) return;
    const currency = begin(ended);
    statements += 1;
    sink.end({ opening: null, closing: balanceOf(ended, currency), from: dayOf(ended.fields, 'DTSTART'), to: dayOf(ended.fields, 'DTEND'), unbooked: 0 }, fileLine);
  }
}

function decode(text: string): string {
  return text.includes('&') ? text.replaceAll(/&(?:amp|lt|gt|quot|apos|nbsp);/g, (entity) => entities[entity] ?? entity) : text;
}

function accountOf(fields: Fields): StatementAccount | null {
  const number = fields.get('ACCTID')?.text;
  if (number === undefined) return null;
  const bank = fields.get('BANKID')?.text;
  const own = readAccountNumber(number);
  return { ...(own.isIban || bank === undefined ? own : readAccountNumber(`${bank}/${number}`)), name: null };
}

/** `20090401122017.000[-5:EST]`: the day as the bank wrote it. */
function dayOf(fields: Fields, name: string): LocalDate | null {
  const found = fields.get(name);
  if (found === undefined) return null;
  const { text, fileLine } = found;
  if (!/^\d{8}/.test(text)) throw refuseFile('bank-date-invalid', `“${clip(text)}” is no day.`, fileLine);
  return readDay(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`, fileLine);
}

function balanceOf({ balance }: Standing, currency: CurrencyCode): StatementBalance | null {
  if (balance.size === 0) return null;
  const amount = balance.get('BALAMT');
  if (!amount) throw refuseFile('bank-amount-invalid', 'The balance has no amount.', [...balance.values()][0]?.fileLine ?? null);
  return { amountMinor: readAmount(amount.text, currency, amount.fileLine), currency, on: dayOf(balance, 'DTASOF') };
}

function lineOf(fields: Fields, currency: CurrencyCode, fileLine: number): StatementLine {
  const text = (name: string): string | null => fields.get(name)?.text ?? null;
  const bookedOn = dayOf(fields, 'DTPOSTED');
  if (bookedOn === null) throw refuseFile('bank-date-invalid', 'The transaction has no day on which it was posted.', fileLine);
  const amount = fields.get('TRNAMT');
  if (!amount) throw refuseFile('bank-amount-invalid', 'The transaction has no amount.', fileLine);
  return {
    amountMinor: readAmount(amount.text, currency, amount.fileLine), currency, bookedOn, valuedOn: dayOf(fields, 'DTAVAIL'), entryReference: keepReferences([text('FITID')])[0] ?? null, references: keepReferences([text('REFNUM'), text('CHECKNUM'), text('SRVRTID')]),
    counterpartyName: text('NAME'), counterpartyAccount: text('ACCTID'), description: joinText([text('NAME'), text('MEMO')]), bankCode: text('TRNTYPE'), balanceAfterMinor: null, fileLine,
  };
}
