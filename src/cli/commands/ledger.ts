import type { z } from 'zod';
import type { trialBalanceSchema, verifyResultSchema } from '../../shared/api/ledger.contract.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { instantText, moneyText } from '../output.ts';
import type { CommandAction } from './command.ts';

export function verifyLedger(): CommandAction {
  return async ({ output, runJob }) => {
    const run = await runJob('ledger-verify');
    const result = run.result as z.infer<typeof verifyResultSchema>;
    output.answer(result, (out) => {
      if (result.isSound) out.line(`The ledger is sound: ${result.entries.toLocaleString('en-US')} entries, ${result.postings.toLocaleString('en-US')} postings, head ${result.headHash?.slice(0, 16) ?? 'none yet'}.`);
      else {
        out.line(`The ledger is NOT sound: ${result.firstFault?.message ?? 'unknown fault'} (${result.firstFault?.code ?? ''}, ${result.firstFault?.subjectId ?? ''})`);
        out.line('Post nothing more and keep the file as it is. `daybook backup verify` says whether the newest backup is sound; `daybook backup restore` takes it up.');
      }
    });
    return result.isSound ? 0 : 1;
  };
}

type TrialBalance = z.infer<typeof trialBalanceSchema>;
type Row = Pick<TrialBalance['rows'][number], 'accountCode' | 'accountName' | 'currency' | 'debitMinor' | 'creditMinor' | 'balanceMinor'>;

/** The rows, and after those of an account with sub-accounts what they come to. */
function withGroups({ rows, groups }: TrialBalance): Row[] {
  return rows.flatMap((row, index) => {
    const isOf = (code: string, of: string): boolean => of === code || of.startsWith(`${code}:`);
    const ended = groups.filter(({ accountCode }) => isOf(accountCode, row.accountCode) && !isOf(accountCode, rows[index + 1]?.accountCode ?? ''));
    return [row, ...ended.map((group): Row => ({ ...group, accountCode: '', accountName: `${group.accountName}, all ${group.accounts}` }))];
  });
}

export function showTrialBalance(options: { asOf?: string; knownAt?: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const balance = await client.ledger.trialBalance({ ...(options.asOf === undefined ? {} : { asOf: options.asOf }), ...(options.knownAt === undefined ? {} : { knownAt: options.knownAt }) });
    const { now } = await client.system.status({});
    const isAhead = balance.asOf > new TimeZone(timeZone).dateOf(now);
    const isBalanced = balance.totals.every((total) => total.debitMinor === total.creditMinor);
    output.answer(balance, (out) => {
      out.line(`Trial balance as of ${balance.asOf}, end of day${balance.knownAt === null ? '' : `, as known at ${instantText(balance.knownAt, timeZone)}`} (${balance.entries.toLocaleString('en-US')} entries, ${balance.provisionalEntries} pending)`);
      if (isAhead) out.line('That day is still to come: what happens until then is not in it.');
      if (balance.rows.length === 0) return out.line('Nothing was posted up to that day.');
      out.line();
      out.table(withGroups(balance), [
        { title: 'Account', text: (row) => row.accountCode },
        { title: 'Name', text: (row) => row.accountName },
        { title: 'Debit', align: 'right', text: (row) => moneyText(row.debitMinor, row.currency) },
        { title: 'Credit', align: 'right', text: (row) => moneyText(row.creditMinor, row.currency) },
        { title: 'Balance', align: 'right', text: (row) => moneyText(row.balanceMinor, row.currency) },
      ]);
      out.line();
      out.line(balance.freshAt === null ? 'Nothing was read from Stripe yet.' : `Fresh at ${instantText(balance.freshAt, timeZone)}: then Stripe was last read.`);
      for (const total of balance.totals) out.line(`${total.currency.toUpperCase()}: debits ${moneyText(total.debitMinor, total.currency)}, credits ${moneyText(total.creditMinor, total.currency)} ${total.debitMinor === total.creditMinor ? '(equal)' : '(NOT equal)'}`);
    });
    return isBalanced ? 0 : 1;
  };
}
