/**
 * MT940, the customer statement of SWIFT, as banks write it: with or without the message's envelope, one statement after the other. Pure.
 */
import type { CurrencyCode } from '../../shared/money/currency.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { unsupported } from './camt053-reader.ts';
import { clip, joinText, keepReferences, readAccountNumber, readAmount, readCurrency, readDay, refuseFile, type StatementAccount, type StatementBalance, type StatementLine, type StatementReader, type StatementSink } from './statement-file.ts';

interface Field {
  readonly tag: string;
  readonly value: string[];
  readonly fileLine: number;
}

interface Standing {
  account: StatementAccount | null;
  reference: string | null;
  sequenceNumber: string | null;
  opening: StatementBalance | null;
  closing: StatementBalance | null;
  line: StatementLine | null;
  readonly fileLine: number;
  hasBegun: boolean;
}

const tagPattern = /^:(\d{2}[A-Z]?|NS):(.*)$/;
/** `:61:` value date, entry date, side with reversal, funds code, amount, type, references. */
const entryPattern = /^(\d{6})(\d{4})?\s?(R?[CD]|E[CD])([A-Z])?\s?(\d{1,15},\d{0,6}|\d{1,15})\s?([A-Z][A-Z0-9 ]{3})?(.*)$/;
const mostLines = 40;

export function createMt940Reader(sink: StatementSink): StatementReader {
  let rest = '';
  let lineNumber = 0;
  let field: { tag: string; value: string[]; fileLine: number } | null = null;
  let standing: Standing | null = null;
  let statements = 0;

  function takeLine(text: string): void {
    lineNumber += 1;
    const line = text.replace(/\r$/, '').replaceAll('\u0000', '');
    const match = tagPattern.exec(line);
    if (match) {
      flush();
      field = { tag: match[1] ?? '', value: [match[2] ?? ''], fileLine: lineNumber };
      return;
    }
    // The envelope of the message, its end, and blank lines between fields.
    if (/^(\{[1-5]:|-\}|-$|\{-\})/.test(line) || line.trim() === '') return;
    if (field === null) {
      if (standing !== null || !/^[\x20-\x7e]*$/.test(line) || line.includes(':20:')) throw refuseFile('bank-file-malformed', `“${clip(line)}” belongs to no field.`, lineNumber);
      return; // a bank's own heading before the message
    }
    if (field.value.length >= mostLines) throw refuseFile('bank-file-malformed', `Field :${field.tag}: is longer than it may be.`, lineNumber);
    field.value.push(line);
  }

  function flush(): void {
    const taken = field;
    field = null;
    if (taken) takeField(taken);
  }

  function takeField({ tag, value, fileLine }: Field): void {
    // Only entries and their texts go over several lines: what follows another field is a heading of the bank's own.
    const text = (value[0] ?? '').trim();
    if (tag === '20') {
      endStatement(fileLine);
      standing = { account: null, reference: text || null, sequenceNumber: null, opening: null, closing: null, line: null, fileLine, hasBegun: false };
      return;
    }
    if (tag === '34F' || tag === '13D' || tag === '90D' || tag === '90C') throw unsupported('MT942');
    if (standing === null) return;
    switch (tag) {
      case '25':
        standing.account = { ...readAccountNumber(text.replace(/^\/+/, '')), name: null };
        return;
      case '28':
      case '28C':
        standing.sequenceNumber = text || null;
        return;
      case '60F':
      case '60M':
        standing.opening = balanceOf(text, fileLine);
        return;
      case '61':
        takeEntry(standing, value, fileLine);
        return;
      case '86':
      case 'NS':
        describe(standing, value);
        return;
      case '62F':
      case '62M':
        // A text that follows is about the statement: no entry is described by it.
        sendLine(standing);
        standing.closing = balanceOf(text, fileLine);
        return;
      default: // 64, 65: what is available, now and later
    }
  }

  function takeEntry(open: Standing, value: readonly string[], fileLine: number): void {
    if (open.opening === null) throw refuseFile('bank-file-malformed', 'An entry stands before the opening balance.', fileLine);
    sendLine(open);
    open.line = entryOf(value, open.opening.currency, open.opening.on, fileLine);
  }

  function sendLine(open: Standing): void {
    if (!open.hasBegun) {
      open.hasBegun = true;
      sink.begin({ account: open.account, currency: open.opening?.currency ?? null, reference: joinText([open.reference, open.sequenceNumber], ' / ') || null, sequenceNumber: open.sequenceNumber }, open.fileLine);
    }
    if (open.line) sink.line(open.line);
    open.line = null;
  }

  function endStatement(fileLine: number): void {
    const open = standing;
    standing = null;
    if (open === null) return;
    if (open.closing === null || open.opening === null) throw refuseFile('bank-file-truncated', `The statement of line ${open.fileLine} has no ${open.opening === null ? 'opening' : 'closing'} balance.`, fileLine);
    sendLine(open);
    statements += 1;
    sink.end({ opening: open.opening, closing: open.closing, from: open.opening.on, to: open.closing.on, unbooked: 0 }, fileLine);
  }

  return {
    write(text) {
      rest += text;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > 65_536) throw refuseFile('bank-file-malformed', 'A line is longer than any of a statement may be.', lineNumber + 1);
      for (const line of lines) takeLine(line);
    },
    finish() {
      if (rest !== '') takeLine(rest);
      flush();
      endStatement(lineNumber);
      if (statements === 0) throw refuseFile('bank-file-without-statement', 'The file holds no statement.');
    },
  };
}

/** `C140507EUR0,` */
function balanceOf(text: string, fileLine: number): StatementBalance {
  const match = /^([CD])(\d{6})([A-Z]{3})(\d{1,15}(?:,\d{0,6})?)$/.exec(text);
  if (!match) throw refuseFile('bank-amount-invalid', `“${clip(text)}” is no balance.`, fileLine);
  const [, side, day = '', code = '', amount = ''] = match;
  const currency = readCurrency(code, fileLine);
  const size = readAmount(amount, currency, fileLine);
  return { amountMinor: side === 'D' && size !== 0 ? (-size as typeof size) : size, currency, on: dayOf(day, fileLine) };
}

/** Two digits of the year: 80 and later are of the last century. */
function dayOf(text: string, fileLine: number): LocalDate {
  const year = Number(text.slice(0, 2));
  return readDay(`${year >= 80 ? 1900 + year : 2000 + year}-${text.slice(2, 4)}-${text.slice(4, 6)}`, fileLine);
}

function entryOf(value: readonly string[], currency: CurrencyCode, openedOn: LocalDate | null, fileLine: number): StatementLine {
  const [first = '', ...supplement] = value;
  const match = entryPattern.exec(first);
  if (!match) throw refuseFile('bank-file-malformed', `“${clip(first)}” is no entry.`, fileLine);
  const [, value6 = '', entry4, side = '', , amount = '', code, behind = ''] = match;
  const valuedOn = valueDayOf(value6, openedOn, fileLine);
  const [customer = '', bank] = behind.split('//');
  const size = readAmount(amount, currency, fileLine);
  // RC takes a credit back and is a debit; EC and ED are expected ones, which no booked statement has.
  const isCredit = side === 'C' || side === 'RD';
  return {
    amountMinor: isCredit || size === 0 ? size : (-size as typeof size), currency, bookedOn: entry4 === undefined ? valuedOn : entryDayOf(entry4, valuedOn, fileLine), valuedOn,
    entryReference: keepReferences([bank])[0] ?? null, references: keepReferences([customer]), counterpartyName: null, counterpartyAccount: null, description: joinText(supplement), bankCode: code?.trim() ?? null, balanceAfterMinor: null, fileLine,
  };
}

/** Banks write 30 February where interest is reckoned by months of thirty days: it stands for the month's last day. */
function valueDayOf(text: string, _openedOn: LocalDate | null, fileLine: number): LocalDate {
  const [month, day] = [text.slice(2, 4), text.slice(4, 6)];
  if (month === '02' && (day === '30' || day === '29')) {
    try {
      return dayOf(text, fileLine);
    } catch {
      const year = 2000 + Number(text.slice(0, 2));
      return readDay(`${year}-02-${new Date(Date.UTC(year, 2, 0)).getUTCDate()}`, fileLine);
    }
  }
  return dayOf(text, fileLine);
}

/** The entry date has no year: it is the one that lies nearest to the value date. */
function entryDayOf(text: string, valuedOn: LocalDate, fileLine: number): LocalDate {
  const year = Number(valuedOn.slice(0, 4));
  const [month, valueMonth] = [Number(text.slice(0, 2)), Number(valuedOn.slice(5, 7))];
  const shift = month - valueMonth > 6 ? -1 : valueMonth - month > 6 ? 1 : 0;
  return readDay(`${year + shift}-${text.slice(0, 2)}-${text.slice(2, 4)}`, fileLine);
}

/** Subfields `?20` to `?29` and `?60` to `?63` are the text, `?30` and `?31` the other side's bank and account, `?32` and `?33` its name. */
function describe(open: Standing, value: readonly string[]): void {
  const { line } = open;
  if (line === null) return;
  const joined = value.join('');
  const marker = /^\d{3}([?+/@#])\d{2}/.exec(joined)?.[1];
  if (marker === undefined) {
    open.line = { ...line, description: joinText([line.description, ...value]), references: keepReferences([...line.references, ...tokensOf(value.join(' '))]), nameInText: nameOf(joined) };
    return;
  }
  const fields = joined.slice(3).split(marker).filter((part) => /^\d{2}/.test(part)).map((part) => ({ code: Number(part.slice(0, 2)), text: part.slice(2) }));
  const textOf = (isWanted: (code: number) => boolean, separator = ''): string => fields.filter(({ code }) => isWanted(code)).map(({ text }) => text).join(separator);
  const purpose = textOf((code) => (code >= 20 && code <= 29) || (code >= 60 && code <= 63));
  const name = textOf((code) => code === 32 || code === 33);
  open.line = {
    ...line, description: joinText([line.description, textOf((code) => code === 0), purpose]), references: keepReferences([...line.references, ...tokensOf(purpose)]), counterpartyName: line.counterpartyName ?? (name.trim() || null),
    counterpartyAccount: line.counterpartyAccount ?? (textOf((code) => code === 31).trim() || null),
  };
}

/** SWIFT's structured text: the beneficiary of money that went out, or who ordered what came in, up to the next code word. A line is cut within words. */
const nameOf = (text: string): string | null => /\/(?:BENM|ORDP)\/[^]*?\/?NAME\/(.{1,140}?)(?=\/[A-Z]{3,4}\/|\/?$)/.exec(text)?.[1]?.trim() || null;

/** What stands behind the marks of a SEPA text, such as `EREF+2026-17`. */
function tokensOf(text: string): string[] {
  return [...text.matchAll(/(?:EREF|KREF|MREF)\+\s*(.{1,35}?)(?=\s?(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+|$)/g)].map((match) => match[1] ?? '');
}
