/**
 * The accounts by name. The chart itself is data: resources/chart-of-accounts.json, explained in docs/chart-of-accounts.md.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { resourcePath } from '../platform/resources.ts';

import { taxJurisdictions } from './tax-jurisdictions.ts';

export { accountCodes } from './account-codes.ts';

const accountSchema = z.object({
  code: z.string().regex(/^\d{4}-[a-z-]+$/),
  name: z.string().min(1),
  type: z.enum(['asset', 'liability', 'equity', 'revenue', 'contra-revenue', 'expense']),
  normalSide: z.enum(['debit', 'credit']),
  description: z.string().min(1),
  /** Which sub-accounts it has: `2200-tax-payable:DE`. They stand in a ledger once an entry uses them. */
  subAccounts: z.enum(['tax-jurisdictions']).optional(),
  /** Money, or a claim or debt that is settled in money: worth in foreign currency what the day's rate says (IAS 21). Deferred revenue is owed in service. */
  isMonetary: z.literal(true).optional(),
});
export type Account = z.infer<typeof accountSchema>;

const subAccountNames: Readonly<Record<NonNullable<Account['subAccounts']>, readonly string[]>> = { 'tax-jurisdictions': taxJurisdictions };

/** The chart as shipped, in the order of its codes. */
export function readChartOfAccounts(): Account[] {
  const content: unknown = JSON.parse(readFileSync(resourcePath('chart-of-accounts.json'), 'utf8'));
  return z.array(accountSchema).parse(content);
}

/** Every sub-account that accounts of the chart may have. */
export function subAccountsOf(chart: readonly Account[]): Account[] {
  return chart.flatMap(({ subAccounts, ...parent }) => (subAccounts === undefined ? [] : subAccountNames[subAccounts].map((name) => ({ ...parent, code: `${parent.code}:${name}`, name: `${parent.name} ${name}`, description: `${parent.name}, ${name}.` }))));
}

export const isSubAccount = (code: string): boolean => code.includes(':');

let shipped: ReadonlyMap<string, Account> | undefined;
/** A sub-account of the chart as shipped, by its code. */
export function subAccountNamed(code: string): Account | undefined {
  shipped ??= new Map(subAccountsOf(readChartOfAccounts()).map((account) => [account.code, account]));
  return shipped.get(code);
}
