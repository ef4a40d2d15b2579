/**
 * The statement a person asks for: of which account, in which currency, for which days.
 */
import type { z } from 'zod';
import type { ledgerReadingContract, statementSchema } from '../../shared/api/ledger-reading.contract.ts';
import { assertInOrder } from '../../shared/calendar/local-date.ts';
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { assertKnown } from './known-at.queries.ts';
import { readLedgerAccounts } from './ledger-accounts.queries.ts';
import { readStatement } from './statement.queries.ts';
import { readStripeFreshness } from './status.queries.ts';

type StatementInput = z.output<NonNullable<(typeof ledgerReadingContract.statement)['~orpc']['inputSchema']>>;

/**
 * @param standpoint `today` where no last day is given; the functional currency for an account that has not moved yet.
 * @throws NotFoundError `account-not-found`; ValidationError `currency-needed`, `range-invalid`, `not-known-then`.
 */
export function readAccountStatement(database: ReadableDatabase, input: StatementInput, standpoint: { readonly today: string; readonly functionalCurrency: string }): z.infer<typeof statementSchema> {
  const accounts = readLedgerAccounts(database);
  const own = accounts.find((each) => each.code === input.accountCode);
  const subAccounts = input.withSubAccounts ? accounts.filter((each) => each.code.startsWith(`${input.accountCode}:`)) : [];
  const account = own && { ...own, currencies: [...new Set([own, ...subAccounts].flatMap((each) => each.currencies))].sort() };
  if (!account) throw new NotFoundError('account-not-found', `There is no account “${input.accountCode}” in the chart.`, { data: { accountCode: input.accountCode }, nextStep: 'Choose an account of the trial balance: Ledger, Accounts, or daybook ledger trial-balance.' });
  const currency = input.currency ?? (account.currencies.length <= 1 ? (account.currencies[0] ?? standpoint.functionalCurrency) : undefined);
  if (currency === undefined) {
    throw new ValidationError('currency-needed', `${account.name} moves in ${account.currencies.map((code) => code.toUpperCase()).join(', ')}: a statement is of one currency.`, { data: { currencies: account.currencies }, nextStep: 'Say which currency.' });
  }
  const to = input.to ?? input.asOf ?? standpoint.today;
  assertInOrder(input.from, to);
  if (input.knownAt !== undefined) assertKnown(database, input.knownAt);
  const figures = readStatement(database, { accountCode: account.code, subAccountCodes: subAccounts.map((each) => each.code), currency, from: input.from ?? '', to, knownAt: input.knownAt ?? null, startAt: input.startAt, limit: input.limit });
  return { ...figures, account, currency, from: input.from ?? null, to, knownAt: input.knownAt ?? null, freshAt: readStripeFreshness(database) };
}
