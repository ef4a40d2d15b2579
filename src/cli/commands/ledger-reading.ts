import type { z } from 'zod';
import type { statementRowSchema } from '../../shared/api/ledger-reading.contract.ts';
import type { entryRowSchema } from '../../shared/api/ledger.contract.ts';
import { maximumWindowRows } from '../../shared/api/primitives.ts';
import { instantText, moneyText } from '../output.ts';
import type { CommandAction } from './command.ts';

type StatementRow = z.infer<typeof statementRowSchema>;
type EntryRow = z.infer<typeof entryRowSchema>;

export interface StatementFlags {
  readonly account: string;
  readonly withSubAccounts?: boolean;
  readonly currency?: string;
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly knownAt?: number;
  readonly limit: number;
}

/** Opening balance, entries with the balance after each, closing balance. */
export function showStatement({ account, limit, ...flags }: StatementFlags): CommandAction {
  return async ({ client, output, timeZone }) => {
    const ask = (startAt: number, rows: number) => client.ledger.statement({ accountCode: account, ...flags, startAt, limit: rows });
    const statement = await ask(0, Math.min(limit, maximumWindowRows));
    const rows: StatementRow[] = [...statement.rows];
    while (rows.length < Math.min(limit, statement.total)) {
      const further = (await ask(rows.length, Math.min(limit - rows.length, maximumWindowRows))).rows;
      if (further.length === 0) break;
      rows.push(...further);
    }
    output.answer({ ...statement, rows }, (out) => {
      const money = (amount: number): string => moneyText(amount, statement.currency);
      const known = statement.knownAt === null ? '' : `, as known at ${instantText(statement.knownAt, timeZone)}`;
      out.line(`${statement.account.name} (${statement.account.code}${flags.withSubAccounts ? ', with its sub-accounts' : ''}) in ${statement.currency.toUpperCase()}, ${statement.from ?? 'from the first entry'} to the end of ${statement.to}${known}`);
      out.line(`Opening balance  ${money(statement.openingMinor)}`);
      out.table(rows, [
        { title: 'Date', text: (row) => row.entryDate },
        { title: 'No.', align: 'right', text: (row) => String(row.sequence) },
        { title: 'Memo', text: (row) => row.memo },
        { title: 'Debit', align: 'right', text: (row) => (row.debitMinor === 0 ? '' : money(row.debitMinor)) },
        { title: 'Credit', align: 'right', text: (row) => (row.creditMinor === 0 ? '' : money(row.creditMinor)) },
        { title: 'Balance', align: 'right', text: (row) => money(row.balanceMinor) },
      ]);
      if (rows.length < statement.total) out.line(`The first ${rows.length.toLocaleString('en-US')} of ${statement.total.toLocaleString('en-US')} entries: give --limit, or a shorter time with --from and --to, to see the others.`);
      if (statement.freshAt !== null) out.line(`Fresh at ${instantText(statement.freshAt, timeZone)}: then Stripe was last read.`);
      out.line(`Closing balance  ${money(statement.closingMinor)} (${statement.total.toLocaleString('en-US')} entries: debits ${money(statement.debitMinor)}, credits ${money(statement.creditMinor)})`);
    });
    return 0;
  };
}

export interface EntryFlags {
  readonly account?: string;
  readonly currency?: string;
  readonly from?: string;
  readonly to?: string;
  readonly month?: string;
  readonly kind?: string;
  readonly sourceType?: string;
  readonly source?: string;
  readonly party?: string;
  readonly amount?: string;
  readonly text?: string;
  readonly limit: number;
}

export function listEntries({ account, source, party, limit, ...flags }: EntryFlags): CommandAction {
  return async ({ client, output }) => {
    const filter = { ...flags, ...(account === undefined ? {} : { accountCode: account }), ...(source === undefined ? {} : { sourceId: source }), ...(party === undefined ? {} : { partyId: party }) };
    const page = await client.ledger.entries({ limit, filter });
    output.answer({ entries: page.rows, total: page.total, sums: page.sums, areSumsKnown: page.areSumsKnown }, (out) => {
      out.table<EntryRow>(page.rows, [
        { title: 'No.', align: 'right', text: (row) => String(row.sequence) },
        { title: 'Date', text: (row) => row.entryDate },
        { title: 'Kind', text: (row) => row.kind },
        { title: 'Memo', text: (row) => row.memo },
        { title: account === undefined ? 'Debits' : 'Moves', align: 'right', text: (row) => row.amounts.map((amount) => moneyText(amount.amount, amount.currency)).join(', ') },
        { title: 'Id', text: (row) => row.id },
      ]);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} entries${page.sums.length === 0 ? '' : `, in all ${page.sums.map((sum) => moneyText(sum.amount, sum.currency)).join(', ')}`}`);
    });
    return 0;
  };
}

/** @param id an entry's id or its number in the chain. */
export function showEntry(id: string): CommandAction {
  return async ({ client, output, timeZone }) => {
    const entry = await client.ledger.show({ id });
    output.answer(entry, (out) => {
      out.line(`Entry ${entry.sequence} of ${entry.entryDate} · ${entry.kind} · ${entry.memo}`);
      out.table(entry.postings, [
        { title: 'Account', text: (posting) => posting.accountCode },
        { title: 'Name', text: (posting) => posting.accountName },
        { title: 'Debit', align: 'right', text: (posting) => (posting.direction === 'debit' ? moneyText(posting.amount.amount, posting.amount.currency) : '') },
        { title: 'Credit', align: 'right', text: (posting) => (posting.direction === 'credit' ? moneyText(posting.amount.amount, posting.amount.currency) : '') },
        { title: 'Rate', align: 'right', text: (posting) => posting.rate ?? '' },
        { title: 'Party', text: (posting) => posting.partyId ?? '' },
      ]);
      const facts: [string, string | null][] = [
        ['Id', entry.id], ['Key', entry.key], ['Recorded', instantText(entry.recordedAt, timeZone)], ['Concerns', entry.concernsMonth], ['Reverses', entry.reversesEntryId], ['Reversed by', entry.reversedByEntryId], ['Hash', entry.hash], ['Follows', entry.previousHash],
      ];
      for (const [label, value] of facts) if (value !== null) out.line(`${label.padEnd(12)} ${value}`);
      for (const source of entry.sources) out.line(`${'From'.padEnd(12)} ${source.kind} ${source.id} (${source.label})`);
    });
    return 0;
  };
}
