import { basename } from 'node:path';
import { largestBankPart, type BankCandidateView, type BankImportView, type MatchRuleView } from '../../shared/api/banking.contract.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { fromDecimalString } from '../../shared/money/money.ts';
import { isPayable } from '../../main/banking/match-candidate.ts';
import { newId } from '../../main/platform/ids.ts';
import { piecesOf } from '../input-file.ts';
import { instantText, moneyText, type HumanOutput } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';

const count = (value: number): string => value.toLocaleString('en-US');

/** Imports a statement file: lines are kept, and matched by the rules that are set to it. */
export function importStatement(file: string, options: { account?: string; mapping?: string; currency?: string }): CommandAction {
  return async (context) => {
    const upload = await sendFile(context, file);
    const { account, mapping, currency } = options;
    const result = (await context.runJob('bank-import', { options: { upload, fileName: basename(file), ...(account ? { account } : {}), ...(mapping ? { mapping } : {}), ...(currency ? { currency } : {}) } })).result as BankImportView;
    context.output.answer(result, (out) => printImport(out, result));
    return 0;
  };
}

/** In parts, as it may be larger than memory. */
async function sendFile({ client }: CommandContext, file: string): Promise<string> {
  const uploadId = newId();
  let position = 0;
  for (const bytes of piecesOf(file, largestBankPart)) {
    await client.banking.upload({ commandId: newId(), uploadId, position, bytes: Uint8Array.from(bytes) });
    position += bytes.byteLength;
  }
  if (position === 0) throw new ValidationError('bank-file-empty', `${file} is empty. Nothing was imported.`, { nextStep: 'Ask the bank for the statement again.' });
  return uploadId;
}

function printImport(out: HumanOutput, result: BankImportView): void {
  out.line(`${result.fileName} (${result.format}): ${count(result.statements)} statements, of ${count(result.proved)} the balances are proved; ${count(result.added)} lines added, ${count(result.known)} known already.`);
  if (result.newAccounts > 0) out.line(`New bank accounts: ${count(result.newAccounts)}.`);
  out.line(`Matched by themselves: ${count(result.matching.matched)}; with suggestions: ${count(result.matching.suggested)}.`);
  for (const failure of result.matching.failed) out.line(`Not matched: ${failure.lineId} (${failure.code})`);
}

export function listBankAccounts(): CommandAction {
  return async ({ client, output }) => {
    const { accounts } = await client.banking.accounts({});
    output.answer({ accounts }, (out) => {
      if (accounts.length === 0) out.line('No bank account is known: import a statement with daybook bank import.');
      out.table(accounts, [
        { title: 'Number', text: (row) => row.number },
        { title: 'Name', text: (row) => row.name },
        { title: 'From', text: (row) => row.firstOn ?? '' },
        { title: 'To', text: (row) => row.lastOn ?? '' },
        { title: 'Statements', align: 'right', text: (row) => count(row.statements) },
        { title: 'Gaps', align: 'right', text: (row) => count(row.gaps) },
        { title: 'Balance', align: 'right', text: (row) => (row.closingMinor === null ? '' : moneyText(row.closingMinor, row.currency)) },
        { title: 'Unmatched', align: 'right', text: (row) => count(row.openLines) },
        { title: 'Sum of these', align: 'right', text: (row) => moneyText(row.openMinor, row.currency) },
        { title: 'Ledger account', text: (row) => row.ledgerAccount },
      ]);
    });
    return 0;
  };
}

export interface LineFlags {
  readonly account?: string;
  readonly open?: boolean;
  readonly matched?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
  readonly limit: number;
}

/** @throws ValidationError `bank-account-unknown`. */
async function accountIdOf({ client }: CommandContext, account: string | undefined): Promise<string | undefined> {
  if (account === undefined) return undefined;
  const wanted = account.replaceAll(/\s/g, '').toUpperCase();
  const found = (await client.banking.accounts({})).accounts.filter((each) => each.id === account || each.number === wanted);
  if (found.length !== 1) throw new ValidationError('bank-account-unknown', found.length === 0 ? `There is no bank account ${account}.` : `${account} has accounts in several currencies.`, { nextStep: 'See daybook bank accounts --json for their ids.' });
  return found[0]?.id;
}

export function listLines({ account, open, matched, limit, ...days }: LineFlags): CommandAction {
  return async (context) => {
    const accountId = await accountIdOf(context, account);
    const page = await context.client.banking.lines({ limit, filter: { ...(accountId ? { accountId } : {}), ...(open ? { state: 'open' as const } : matched ? { state: 'matched' as const } : {}), ...days } });
    context.output.answer({ lines: page.rows, total: page.total, sums: page.sums }, (out) => {
      out.table(page.rows, [
        { title: 'Day', text: (row) => row.bookedOn },
        { title: 'Amount', align: 'right', text: (row) => moneyText(row.amount.amount, row.amount.currency) },
        { title: 'With', text: (row) => row.counterpartyName ?? '' },
        { title: 'Text', text: (row) => (row.description.length > 60 ? `${row.description.slice(0, 59)}…` : row.description) },
        { title: 'Matched with', text: (row) => row.matchedWith ?? '' },
        { title: 'Id', text: (row) => row.id },
      ]);
      out.line(`${count(page.rows.length)} of ${count(page.total)} lines, ${page.sums.map((sum) => moneyText(sum.amount, sum.currency)).join(', ') || 'nothing'}`);
    });
    return 0;
  };
}

export function listSuggestions({ account, limit }: { account?: string; limit: number }): CommandAction {
  return async (context) => {
    const accountId = await accountIdOf(context, account);
    const page = await context.client.banking.suggestions({ limit, ...(accountId ? { accountId } : {}) });
    context.output.answer(page, (out) => {
      out.table(page.suggestions, [
        { title: 'Score', align: 'right', text: (row) => `${Math.floor(row.score / 100)} %` },
        { title: 'Rule', text: (row) => row.rule },
        { title: 'Lines', text: (row) => row.lineIds.join(', ') },
        { title: 'With', text: (row) => row.parts.map((part) => `${part.kind}:${part.label}`).join(', ') },
        { title: 'Why', text: (row) => row.reasons.join(' ') },
      ]);
      out.line(`${count(page.suggestions.length)} of ${count(page.total)} suggestions`);
    });
    return 0;
  };
}

/** `payout:po_1`, `credit:<id>:50.00`: kinds and ids as suggestions show them; of what a customer is paid, how much of it. */
function readPart(text: string): { kind: BankCandidateView['kind']; id: string; amount: string | undefined } {
  const match = /^(?:(payout|invoice|receipt|repayment|outside-payment):(.+)|(credit|overpayment):([^:]+)(?::(\d+(?:\.\d+)?))?)$/.exec(text);
  if (!match) throw new ValidationError('usage-invalid', `“${text}” is not such as payout:po_1AbC, invoice:<id>, receipt:<id>, repayment:<id>, outside-payment:<id>, credit:<id> or overpayment:<id>, the last two with :<amount> for a part.`, { nextStep: 'See daybook bank match --help.' });
  return { kind: (match[1] ?? match[3]) as BankCandidateView['kind'], id: match[2] ?? match[4] ?? '', amount: match[5] };
}

const sourceOf = ({ kind, id }: { kind: BankCandidateView['kind']; id: string }) => (kind === 'credit' ? { creditId: id } : { receiptId: id });

/** Parts as the contract takes them; an amount is in the currency of what is paid. */
async function readParts(client: CommandContext['client'], texts: readonly string[]) {
  return Promise.all(texts.map(readPart).map(async ({ amount, ...part }) => {
    if (amount === undefined) return part;
    const { currency } = await client.invoices.previewCreditPayment({ source: sourceOf(part) });
    return { ...part, amountMinor: fromDecimalString(amount, currency) };
  }));
}

/** What would be paid to customers and posted for it; writes nothing. */
async function previewPayments(client: CommandContext['client'], lineIds: readonly string[], parts: Awaited<ReturnType<typeof readParts>>) {
  const lines = await Promise.all(lineIds.map(async (id) => (await client.banking.line({ id })).line));
  const on = lines.map((line) => line.bookedOn).toSorted().at(-1);
  return Promise.all(parts.filter((part) => isPayable(part.kind)).map(async (part) => ({ ...part, ...(await client.invoices.previewCreditPayment({ source: sourceOf(part), ...('amountMinor' in part ? { amountMinor: part.amountMinor } : {}), ...(on ? { on } : {}) })) })));
}

export function matchLines(lines: readonly string[], options: { with?: readonly string[]; residual?: string; memo?: string; dryRun?: boolean }): CommandAction {
  return async ({ client, output }) => {
    const parts = await readParts(client, options.with ?? []);
    if (options.dryRun) {
      const payments = await previewPayments(client, lines, parts);
      output.answer({ payments }, (out) => {
        if (payments.length === 0) out.line('It would pay no customer.');
        for (const payment of payments) {
          out.line(`It would pay ${moneyText(payment.amountMinor, payment.currency)} on ${payment.on}; ${moneyText(payment.leftMinor - payment.amountMinor, payment.currency)} would be left.`);
          out.table(payment.postings, [
            { title: 'Account', text: (row) => row.accountCode }, { title: 'Debit', align: 'right', text: (row) => (row.direction === 'debit' ? moneyText(row.amount.amount, row.amount.currency) : '') },
            { title: 'Credit', align: 'right', text: (row) => (row.direction === 'credit' ? moneyText(row.amount.amount, row.amount.currency) : '') },
          ]);
        }
      });
      return 0;
    }
    const done = await client.banking.match({ commandId: newId(), lineIds: [...lines], parts, ...(options.residual ? { residualAccount: options.residual } : {}), ...(options.memo ? { memo: options.memo } : {}) });
    output.answer(done, (out) => out.line(`Matched as ${done.matchId}.`));
    return 0;
  };
}

export function unmatch(matchId: string, options: { reason: string }): CommandAction {
  return async ({ client, output }) => {
    const done = await client.banking.unmatch({ commandId: newId(), matchId, reason: options.reason });
    output.answer(done, (out) => out.line(`Taken back; ${count(done.lineIds.length)} lines are open again.`));
    return 0;
  };
}

export function listMappings(): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { mappings } = await client.banking.mappings({});
    output.answer({ mappings }, (out) => {
      if (mappings.length === 0) out.line('No mapping is saved: make one under Reconciliation, Bank.');
      out.table(mappings, [
        { title: 'Name', text: (row) => row.mapping.name },
        { title: 'Day', text: (row) => `${row.mapping.columns.bookedOn} (${row.mapping.dateFormat})` },
        { title: 'Amount', text: (row) => [row.mapping.columns.amount, row.mapping.columns.debit, row.mapping.columns.credit].filter((each) => each !== '').join(' / ') },
        { title: 'Encoding', text: (row) => row.mapping.encoding },
        { title: 'Saved', text: (row) => `${instantText(row.savedAt, timeZone)} by ${row.savedBy}` },
      ]);
    });
    return 0;
  };
}

function printRules(out: HumanOutput, rules: readonly MatchRuleView[]): void {
  out.table(rules, [
    { title: 'Rule', text: (row) => row.rule },
    { title: 'By itself', text: (row) => (row.isAutomatic ? 'yes' : 'no') },
    { title: 'Days', align: 'right', text: (row) => count(row.days) },
    { title: 'Tolerance', align: 'right', text: (row) => count(row.tolerance) },
    { title: 'Difference to', text: (row) => row.accountCode ?? '' },
  ]);
}

export interface RuleFlags {
  readonly automatic?: 'on' | 'off';
  readonly days?: number;
  readonly tolerance?: number;
  readonly account?: string;
}

/** Shows the rules, or sets one. */
export function setRule(name: string | undefined, flags: RuleFlags): CommandAction {
  return async ({ client, output }) => {
    const { rules } = await client.banking.rules({});
    const standing = rules.find((rule) => rule.rule === name);
    if (name !== undefined && !standing) throw new ValidationError('usage-invalid', `There is no rule ${name}.`, { nextStep: `One of ${rules.map((rule) => rule.rule).join(', ')}.` });
    const isChange = Object.values(flags).some((value) => value !== undefined);
    const { rules: after } = standing && isChange
      ? await client.banking.setRule({ commandId: newId(), ...standing, ...(flags.automatic ? { isAutomatic: flags.automatic === 'on' } : {}), ...(flags.days === undefined ? {} : { days: flags.days }), ...(flags.tolerance === undefined ? {} : { tolerance: flags.tolerance }), ...(flags.account ? { accountCode: flags.account } : {}) })
      : { rules };
    const shown = standing ? after.filter((rule) => rule.rule === name) : after;
    output.answer({ rules: shown }, (out) => printRules(out, shown));
    return 0;
  };
}
