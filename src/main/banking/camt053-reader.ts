/**
 * CAMT.053, the bank-to-customer statement of ISO 20022, in all its versions (001 to 013): one entry after the other, however large the file is. Pure.
 */
import type { CurrencyCode } from '../../shared/money/currency.ts';
import {
  clip, joinText, keepReferences, mostReferences, readAccountNumber, readAmount, readCurrency, readDay, refuseFile, type StatementAccount, type StatementBalance, type StatementReader, type StatementSink,
} from './statement-file.ts';
import { attributeOf, createXmlReader } from './xml-reader.ts';

/** An element of a statement that is being read. */
interface Node {
  readonly name: string;
  readonly currency: string | undefined;
  text: string;
  readonly children: Node[];
}

/** The statement that is open. */
interface Standing {
  account: StatementAccount | null;
  currency: CurrencyCode | null;
  reference: string | null;
  sequenceNumber: string | null;
  from: string | null;
  to: string | null;
  readonly balances: { readonly code: string; readonly balance: StatementBalance }[];
  hasBegun: boolean;
  unbooked: number;
}

/** What is refused by its name: other messages of the same family look alike, and say something else. */
const otherMessages: Readonly<Record<string, string>> = { BkToCstmrAcctRpt: 'CAMT.052', BkToCstmrDbtCdtNtfctn: 'CAMT.054' };
/** Elements of one entry: one of ten thousand single payments has some twenty each. */
const mostNodes = 500_000;
const mostSigns = 16_000_000;

const child = (node: Node | undefined, name: string): Node | undefined => node?.children.find((each) => each.name === name);
/** What an entry and its details are read for; what else stands in them is looked through, counted and forgotten. */
const readParts: Readonly<Record<string, ReadonlySet<string>>> = {
  Ntry: new Set(['Amt', 'CdtDbtInd', 'Sts', 'BookgDt', 'ValDt', 'AcctSvcrRef', 'NtryRef', 'BkTxCd', 'NtryDtls', 'AddtlNtryInf']),
  TxDtls: new Set(['Refs', 'RltdPties', 'RmtInf', 'AddtlTxInf']),
};
const at = (node: Node | undefined, ...path: readonly string[]): Node | undefined => {
  let found = node;
  for (let depth = 0; found !== undefined && depth < path.length; depth += 1) found = child(found, path[depth] ?? '');
  return found;
};
const textAt = (node: Node | undefined, ...path: readonly string[]): string | null => {
  const text = at(node, ...path)?.text.trim() ?? '';
  return text === '' ? null : text;
};

export function createCamt053Reader(sink: StatementSink): StatementReader {
  const path: string[] = [];
  let nodes: Node[] = [];
  let nodeCount = 0;
  let signs = 0;
  let standing: Standing | null = null;
  let statements = 0;
  let entryLine = 1;
  /** How deep the element lies that is not read for anything; 0 where there is none. */
  let passedOver = 0;

  const xml = createXmlReader({
    open(name, attributes) {
      path.push(name);
      if (path.length === 2) assertMessage(name);
      if (path.length === 3 && name === 'Stmt') standing = newStanding();
      if (path.length < 4 || standing === null) return;
      if (path.length === 4) {
        entryLine = xml.fileLine();
        nodeCount = 0;
        signs = 0;
      }
      nodeCount += 1;
      if (nodeCount > mostNodes || signs > mostSigns) throw refuseFile('bank-file-malformed', 'An entry has more parts than any statement has.', entryLine);
      if (passedOver > 0) return;
      if (path.length > 4 && readParts[path.at(-2) ?? '']?.has(name) === false) {
        passedOver = path.length;
        return;
      }
      nodes.push({ name, currency: name.endsWith('Amt') ? attributeOf(attributes, 'Ccy') : undefined, text: '', children: [] });
    },
    text(text) {
      const node = nodes.at(-1);
      if (!node) return;
      signs += text.length;
      if (passedOver === 0) node.text += text;
    },
    close() {
      const depth = path.length;
      path.pop();
      if (standing === null) return;
      if (depth === 3) {
        end(standing);
        standing = null;
        return;
      }
      if (passedOver > 0) {
        if (depth === passedOver) passedOver = 0;
        return;
      }
      const node = nodes.pop();
      if (!node) return;
      if (depth > 4) nodes.at(-1)?.children.push(node);
      else takePart(standing, node);
    },
  });

  function assertMessage(name: string): void {
    const other = otherMessages[name];
    if (other !== undefined) throw unsupported(other);
    if (name !== 'BkToCstmrStmt') throw refuseFile('bank-format-unsupported', `This is XML, but no CAMT.053 statement: it holds <${clip(name)}>.`, xml.fileLine(), 'Take the file in CAMT.053, MT940, OFX or CSV.');
  }

  function begin(open: Standing, line: number): void {
    if (open.hasBegun) return;
    open.hasBegun = true;
    sink.begin({ account: open.account, currency: open.currency ?? booked(open, ...openingCodes, ...closingCodes)?.currency ?? null, reference: open.reference, sequenceNumber: open.sequenceNumber }, line);
  }

  function end(open: Standing): void {
    begin(open, entryLine);
    statements += 1;
    sink.end({ opening: booked(open, 'OPBD') ?? booked(open, 'PRCD'), closing: booked(open, ...closingCodes), from: open.from === null ? null : readDay(open.from, entryLine), to: open.to === null ? null : readDay(open.to, entryLine), unbooked: open.unbooked }, xml.fileLine());
  }

  function takePart(open: Standing, node: Node): void {
    switch (node.name) {
      case 'Id':
        open.reference = node.text.trim() || null;
        return;
      case 'ElctrncSeqNb':
      case 'LglSeqNb':
        open.sequenceNumber ??= node.text.trim() || null;
        return;
      case 'FrToDt':
        open.from = dayOf(node, 'FrDt', 'FrDtTm');
        open.to = dayOf(node, 'ToDt', 'ToDtTm');
        return;
      case 'Acct':
        open.account = accountOf(node);
        open.currency = textAt(node, 'Ccy') === null ? null : readCurrency(textAt(node, 'Ccy') ?? '', entryLine);
        return;
      case 'Bal':
        open.balances.push({ code: textAt(node, 'Tp', 'CdOrPrtry', 'Cd') ?? textAt(node, 'Tp', 'CdOrPrtry', 'Prtry') ?? '', balance: { ...amountOf(node, entryLine), on: dayIn(child(node, 'Dt'), entryLine), fileLine: entryLine } });
        return;
      case 'Ntry':
        begin(open, entryLine);
        takeEntry(open, node);
        return;
      default:
    }
  }

  function takeEntry(open: Standing, node: Node): void {
    const status = textAt(node, 'Sts', 'Cd') ?? textAt(node, 'Sts');
    if (status !== null && status !== 'BOOK') {
      open.unbooked += 1;
      return;
    }
    const { amountMinor, currency } = amountOf(node, entryLine);
    const bookedOn = dayIn(child(node, 'BookgDt'), entryLine) ?? dayIn(child(node, 'ValDt'), entryLine);
    if (bookedOn === null) throw refuseFile('bank-date-invalid', 'The entry has no booking date.', entryLine);
    const details = node.children.filter((each) => each.name === 'NtryDtls').flatMap((each) => each.children.filter((one) => one.name === 'TxDtls'));
    const first = details[0];
    const isCredit = amountMinor >= 0;
    const party = (one: Node | undefined): Node | undefined => at(one, 'RltdPties', isCredit ? 'Dbtr' : 'Cdtr');
    const account = at(first, 'RltdPties', isCredit ? 'DbtrAcct' : 'CdtrAcct', 'Id');
    sink.line({
      amountMinor, currency, bookedOn, valuedOn: dayIn(child(node, 'ValDt'), entryLine),
      entryReference: keepReferences([textAt(node, 'AcctSvcrRef'), textAt(node, 'NtryRef')])[0] ?? null,
      references: keepReferences(details.slice(0, mostReferences).flatMap(referencesOf)),
      counterpartyName: details.length === 1 ? (textAt(party(first), 'Nm') ?? textAt(party(first), 'Pty', 'Nm')) : null,
      counterpartyAccount: details.length === 1 ? (textAt(account, 'IBAN') ?? textAt(account, 'Othr', 'Id')) : null,
      description: joinText([...details.slice(0, mostReferences).flatMap(remittanceOf), textAt(node, 'AddtlNtryInf')]),
      bankCode: joinText([textAt(node, 'BkTxCd', 'Domn', 'Cd'), textAt(node, 'BkTxCd', 'Domn', 'Fmly', 'Cd'), textAt(node, 'BkTxCd', 'Domn', 'Fmly', 'SubFmlyCd')], '/') || textAt(node, 'BkTxCd', 'Prtry', 'Cd'),
      balanceAfterMinor: null, fileLine: entryLine,
    });
  }

  return {
    write: (text) => xml.write(text),
    finish() {
      xml.finish();
      if (statements === 0) throw refuseFile('bank-file-without-statement', 'The file holds no statement.');
    },
  };
}

export function unsupported(name: string): ReturnType<typeof refuseFile> {
  return refuseFile('bank-format-unsupported', `This is a ${name} file, which is not read.`, null, 'Take the statement in CAMT.053, MT940, OFX or CSV. Nothing was imported.');
}

/** The codes of ISO 20022 for balances of what is booked. Available and forward balances say nothing of the entries: a bank may state them in another currency. */
const openingCodes = ['OPBD', 'PRCD'] as const;
const closingCodes = ['CLBD'] as const;
const booked = (open: Standing, ...codes: readonly string[]): StatementBalance | null => open.balances.find(({ code }) => codes.includes(code))?.balance ?? null;

const newStanding = (): Standing => ({ account: null, currency: null, reference: null, sequenceNumber: null, from: null, to: null, balances: [], hasBegun: false, unbooked: 0 });

function accountOf(node: Node): StatementAccount | null {
  const number = textAt(node, 'Id', 'IBAN') ?? textAt(node, 'Id', 'Othr', 'Id') ?? textAt(node, 'Id', 'PrtryAcct', 'Id') ?? textAt(node, 'Id', 'BBAN');
  return number === null ? null : { ...readAccountNumber(number), name: textAt(node, 'Nm') ?? textAt(node, 'Ownr', 'Nm') };
}

function amountOf(node: Node, line: number) {
  const amount = child(node, 'Amt');
  if (!amount) throw refuseFile('bank-amount-invalid', `<${node.name}> has no amount.`, line);
  if (amount.currency === undefined) throw refuseFile('bank-currency-unknown', 'The amount has no currency.', line);
  const currency = readCurrency(amount.currency, line);
  // The side says which way it went; an amount with a sign of its own says it twice, or the contrary.
  if (amount.text.trim().startsWith('-')) throw refuseFile('bank-amount-invalid', `“${clip(amount.text.trim())}” has a sign, which no amount of a CAMT.053 has.`, line);
  const size = readAmount(amount.text, currency, line);
  const side = textAt(node, 'CdtDbtInd');
  if (side !== 'CRDT' && side !== 'DBIT') throw refuseFile('bank-amount-invalid', 'The amount is neither credit nor debit.', line);
  return { amountMinor: side === 'DBIT' && size !== 0 ? (-size as typeof size) : size, currency };
}

/** A day, or the day of a moment as the bank wrote it. */
function dayIn(node: Node | undefined, line: number) {
  const text = textAt(node, 'Dt') ?? textAt(node, 'DtTm') ?? (node && node.children.length === 0 && node.text.trim() !== '' ? node.text.trim() : null);
  return text === null ? null : readDay(text.slice(0, 10), line);
}

const dayOf = (node: Node, day: string, moment: string): string | null => (textAt(node, day) ?? textAt(node, moment))?.slice(0, 10) ?? null;

function referencesOf(details: Node): (string | null)[] {
  const references = child(details, 'Refs');
  const structured = (child(details, 'RmtInf')?.children ?? []).filter((each) => each.name === 'Strd');
  return [
    textAt(references, 'EndToEndId'), textAt(references, 'InstrId'), textAt(references, 'TxId'), textAt(references, 'PmtInfId'), textAt(references, 'MsgId'), textAt(references, 'ChqNb'), textAt(references, 'AcctSvcrRef'),
    ...structured.flatMap((each) => [textAt(each, 'CdtrRefInf', 'Ref'), textAt(each, 'RfrdDocInf', 'Nb')]),
  ];
}

function remittanceOf(details: Node): (string | null)[] {
  const texts = (child(details, 'RmtInf')?.children ?? []).filter((each) => each.name === 'Ustrd').map((each) => each.text);
  return [...texts, textAt(details, 'AddtlTxInf')];
}
