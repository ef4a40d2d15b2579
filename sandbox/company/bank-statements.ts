/**
 * What the company's bank says: one CAMT.053 file with the statements of its dollar, euro and pound accounts, with the payouts that arrived, payments of partners, and a known list of what
 * does not agree.
 */
import type { PlantedBankBreak } from '../manifest.ts';
import { billingMonthName } from './calendar.ts';
import type { PayoutFact, World } from './facts.ts';
import type { PartnerBook } from './partners.ts';
import { createRandom } from './random.ts';

export interface BankFile {
  name: string;
  text: string;
}

export interface BankStatements {
  file: BankFile;
  breaks: PlantedBankBreak[];
  /** Payouts that are on the statements with their amounts. */
  payoutsThatTie: number;
}

interface BankLine {
  on: string;
  amount: number;
  endToEnd: string;
  name: string;
  text: string;
}

const accounts = {
  usd: { id: '<Othr><Id>5550100</Id></Othr>', name: 'Operating', opening: 41_870_255 },
  eur: { id: '<IBAN>DE02120300000000202051</IBAN>', name: 'Euro', opening: 9_310_480 },
  gbp: { id: '<IBAN>GB29NWBK60161331926819</IBAN>', name: 'Sterling', opening: 3_204_915 },
} as const;
type BankCurrency = keyof typeof accounts;

const firstDay = '2026-10-01';
const months = [{ name: '2026-10', from: firstDay, to: '2026-10-31' }, { name: '2026-11', from: '2026-11-01', to: '2026-11-17' }];
const lastDay = '2026-11-17';
/** What the bank took of a payout on its way. */
const shortfall = 3_700;

const dayOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10);
const major = (amount: number): string => `${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;

export function createBankStatements(world: World, partnerBook: PartnerBook): BankStatements {
  const breaks: PlantedBankBreak[] = [];
  const lines: Record<BankCurrency, BankLine[]> = { usd: [], eur: [], gbp: [] };
  let payoutsThatTie = 0;
  for (const currency of Object.keys(accounts) as BankCurrency[]) {
    const arrived = world.payouts.filter((payout) => payout.currency === currency && payout.failure === null && dayOf(payout.arrivesAt) >= firstDay && dayOf(payout.arrivesAt) <= lastDay);
    const random = createRandom(world.seed, `bank/${currency}`);
    // The newest three days are within what banks take: a payout that is missing there is none yet.
    const settled = arrived.filter((payout) => dayOf(payout.arrivesAt) <= '2026-11-10');
    const missing = currency === 'usd' && settled.length > 0 ? random.pick(settled) : null;
    const short = currency === 'eur' && settled.length > 0 ? random.pick(settled) : null;
    for (const payout of arrived) {
      if (payout === missing) breaks.push({ reason: 'payout-without-bank-line', objectId: world.ids.idOf('payout', payout.number), currency, amountMinor: payout.amount, on: dayOf(payout.arrivesAt) });
      else lines[currency].push(payoutLine(world, payout, payout === short ? shortfall : 0));
      if (payout === short) breaks.push({ reason: 'amount-differs', objectId: world.ids.idOf('payout', payout.number), currency, amountMinor: shortfall, on: dayOf(payout.arrivesAt) });
      if (payout !== short && payout !== missing) payoutsThatTie += 1;
    }
  }
  const leave = (currency: BankCurrency, line: BankLine): void => {
    lines[currency].push(line);
    breaks.push({ reason: 'bank-line-unmatched', objectId: null, currency, amountMinor: line.amount, on: line.on });
  };
  leave('usd', { on: '2026-10-30', amount: -1_500, endToEnd: '', name: '', text: 'MONTHLY ACCOUNT FEE' });
  leave('usd', { on: '2026-11-05', amount: 23_140, endToEnd: '', name: 'Harrow Office Supply', text: 'Credit for returned goods' });
  // Payments of partners wait for a person: one without its number, one less the fee of a bank on the way.
  for (const [prefix, fee, says] of [['dp_pk_CAN', 0, false], ['dp_pk_KKB', 1_500, true]] as const) {
    const partner = partnerBook.partners.find((each) => each.prefix === prefix);
    const invoice = partnerBook.invoices.find((each) => each.apiKeyPrefix === prefix && each.month === billingMonthName);
    if (partner && invoice && invoice.dueMinor > fee) leave(invoice.currency as BankCurrency, { on: '2026-11-16', amount: invoice.dueMinor - fee, endToEnd: says ? invoice.invoiceNumber : '', name: partner.name, text: says ? `Payment ${invoice.invoiceNumber}` : 'October services' });
  }
  return { file: { name: 'bank-statements.xml', text: render(lines) }, breaks, payoutsThatTie };
}

function payoutLine(world: World, payout: PayoutFact, less: number): BankLine {
  return { on: dayOf(payout.arrivesAt), amount: payout.amount - less, endToEnd: world.ids.idOf('payout', payout.number), name: 'STRIPE', text: 'STRIPE PAYOUT' };
}

function render(lines: Record<BankCurrency, BankLine[]>): string {
  const statements = (Object.keys(accounts) as BankCurrency[]).flatMap((currency) => {
    let balance: number = accounts[currency].opening;
    return months.map((month) => {
      const entries = lines[currency].filter((line) => line.on >= month.from && line.on <= month.to).sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
      const opening = balance;
      for (const entry of entries) balance += entry.amount;
      return renderStatement(currency, month, opening, balance, entries);
    });
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">\n<BkToCstmrStmt>\n<GrpHdr><MsgId>DEMO-${lastDay}</MsgId><CreDtTm>2026-11-18T06:00:00Z</CreDtTm></GrpHdr>\n${statements.join('\n')}\n</BkToCstmrStmt>\n</Document>\n`;
}

function renderStatement(currency: BankCurrency, month: (typeof months)[number], opening: number, closing: number, entries: readonly BankLine[]): string {
  const code = currency.toUpperCase();
  const balanceOf = (type: string, amount: number, on: string): string => `<Bal><Tp><CdOrPrtry><Cd>${type}</Cd></CdOrPrtry></Tp><Amt Ccy="${code}">${major(amount)}</Amt><CdtDbtInd>${amount < 0 ? 'DBIT' : 'CRDT'}</CdtDbtInd><Dt><Dt>${on}</Dt></Dt></Bal>`;
  return [
    `<Stmt><Id>${code}-${month.name}</Id><ElctrncSeqNb>${Number(month.name.slice(5))}</ElctrncSeqNb><FrToDt><FrDtTm>${month.from}T00:00:00Z</FrDtTm><ToDtTm>${month.to}T23:59:59Z</ToDtTm></FrToDt>`,
    `<Acct><Id>${accounts[currency].id}</Id><Ccy>${code}</Ccy><Nm>${accounts[currency].name}</Nm></Acct>`,
    balanceOf('OPBD', opening, month.from), balanceOf('CLBD', closing, month.to),
    ...entries.map((entry, place) => renderEntry(entry, code, `${code}${month.name.replace('-', '')}${String(place + 1).padStart(4, '0')}`)),
    '</Stmt>',
  ].join('\n');
}

function renderEntry(entry: BankLine, code: string, reference: string): string {
  const side = entry.amount < 0 ? 'Cdtr' : 'Dbtr';
  return `<Ntry><Amt Ccy="${code}">${major(entry.amount)}</Amt><CdtDbtInd>${entry.amount < 0 ? 'DBIT' : 'CRDT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>${entry.on}</Dt></BookgDt><ValDt><Dt>${entry.on}</Dt></ValDt><AcctSvcrRef>${reference}</AcctSvcrRef><NtryDtls><TxDtls>${entry.endToEnd === '' ? '' : `<Refs><EndToEndId>${entry.endToEnd}</EndToEndId></Refs>`}${entry.name === '' ? '' : `<RltdPties><${side}><Pty><Nm>${entry.name}</Nm></Pty></${side}></RltdPties>`}<RmtInf><Ustrd>${entry.text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`;
}
