import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { Link } from 'react-router';
import type { z } from 'zod';
import type { trialBalanceSchema } from '../../../../shared/api/ledger.contract.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { FigureFileButtons } from '../../components/figure-table.tsx';
import { KnownAtPicker } from '../../components/known-at-picker.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { AsOfPicker } from '../../components/period-picker.tsx';
import { Box, Card } from '../../components/screen.tsx';
import { accountNumber } from '../../lib/account-number.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { dayOfInstant, formatDay, formatInstant } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { dayUpTo, useUrlFilter } from '../../lib/url-filter.ts';
import { LedgerScreen } from './ledger-screen.tsx';
import { trialBalanceTable } from './trial-balance-file.ts';

export type TrialBalance = z.infer<typeof trialBalanceSchema>;

/** Every account's balance as of a day; debits equal credits per currency, and it is said. */
export function TrialBalanceScreen() {
  const { queries } = useApi();
  const { now, timeZone, locale } = usePreferences();
  const [filter, setFilter] = useUrlFilter(['asOf', 'knownAt'] as const);
  const knownAt = /^\d{1,15}$/.test(filter.knownAt ?? '') ? Number(filter.knownAt) : null;
  const today = dayOfInstant(now, timeZone);
  const asOf = dayUpTo(today, filter.asOf) ?? today;
  const balance = useQuery(queries.ledger.trialBalance.queryOptions({ input: { ...(asOf === today ? {} : { asOf }), ...(knownAt === null ? {} : { knownAt }) } }));
  const controls = (
    <>
      <AsOfPicker day={asOf} today={today} onChange={(day) => setFilter({ asOf: day })} />
      <KnownAtPicker knownAt={knownAt} onChange={(instant) => setFilter({ knownAt: instant === null ? null : String(instant) })} />
    </>
  );
  const data = balance.data;
  return (
    <LedgerScreen part="Accounts" controls={controls}>
      {balance.isError ? <ErrorNotice error={balance.error} onRetry={() => void balance.refetch()} /> : null}
      {data && data.rows.length === 0 ? <EmptyState title="No entries up to this day" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>The ledger fills itself from Stripe: every payment, fee, refund and payout becomes a balanced entry.</EmptyState> : null}
      {data && data.rows.length > 0 ? (
        <>
          <TotalsCards balance={data} />
          <Box
            isFilling title="Trial balance" note={`${formatDay(data.asOf, locale)}, end of day${knownAt === null ? '' : `, as known at ${formatInstant(knownAt, locale, timeZone)}`}${data.freshAt === null ? '' : ` · fresh at ${formatInstant(data.freshAt, locale, timeZone)}`}`}
            actions={<FigureFileButtons table={trialBalanceTable(data)} />}
          >
            <TrialBalanceTable balance={data} asOf={asOf} />
          </Box>
        </>
      ) : null}
    </LedgerScreen>
  );
}

function TotalsCards({ balance }: { balance: TrialBalance }) {
  const { locale } = usePreferences();
  const number = new Intl.NumberFormat(locale);
  return (
    <div className="cards narrow">
      {balance.totals.map((total) => {
        const isTied = total.debitMinor === total.creditMinor;
        return (
          <Card
            key={total.currency} label={`Debits, ${total.currency.toUpperCase()}`} value={<MoneyText amount={total.debitMinor} currency={total.currency} />}
            note={isTied ? <><span className="ok">Ties</span> with credits</> : <span className="bad">Credits differ by <MoneyText amount={total.debitMinor - total.creditMinor} currency={total.currency} /></span>}
          />
        );
      })}
      <Card label="Journal entries" value={number.format(balance.entries)} note={balance.provisionalEntries > 0 ? <Link to={links.pendingEntries}>{`${number.format(balance.provisionalEntries)} not sealed yet`}</Link> : 'All sealed'} />
    </div>
  );
}

/** Sums of an account with its sub-accounts, where a row is the last of them; by currency, as everywhere in the table. */
function groupsEndingAt({ rows, groups }: TrialBalance, index: number): TrialBalance['groups'] {
  const isOf = (code: string, of: string | undefined): boolean => of === code || (of?.startsWith(`${code}:`) ?? false);
  return groups.filter((group) => isOf(group.accountCode, rows[index]?.accountCode) && !isOf(group.accountCode, rows[index + 1]?.accountCode)).toSorted((a, b) => a.currency.localeCompare(b.currency));
}

function TrialBalanceTable({ balance, asOf }: { balance: TrialBalance; asOf: string }) {
  const functional = balance.functionalCurrency;
  const isForeign = balance.rows.some((row) => row.currency !== functional);
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Trial balance">
      <table className="plain">
        <thead>
          <tr><th scope="col">Account</th><th scope="col">Name</th><th scope="col">Type</th><th scope="col" className="num">Debit</th><th scope="col" className="num">Credit</th><th scope="col" className="num">Balance</th>{isForeign ? <th scope="col" className="num">Balance in {functional.toUpperCase()}</th> : null}</tr>
        </thead>
        <tbody>
          {balance.rows.map((row, index) => (
            <Fragment key={`${row.accountCode}/${row.currency}`}>
            <tr>
              <th scope="row"><Link to={links.accountStatement(row.accountCode, row.currency, asOf)}>{accountNumber(row.accountCode)}</Link></th>
              <td><Link to={links.accountStatement(row.accountCode, row.currency, asOf)} tabIndex={-1} style={{ color: 'inherit' }}>{row.accountName}</Link></td>
              <td className="muted">{row.accountType.replaceAll('-', ' ')}</td>
              <td className="num"><MoneyText amount={row.debitMinor} currency={row.currency} /></td>
              <td className="num"><MoneyText amount={row.creditMinor} currency={row.currency} /></td>
              <td className="num"><MoneyText amount={row.balanceMinor} currency={row.currency} /></td>
              {isForeign ? <td className="num"><MoneyText amount={row.functionalBalanceMinor} currency={functional} /></td> : null}
            </tr>
            {groupsEndingAt(balance, index).map((group) => (
              <tr key={group.currency} className="group-sum">
                <td />
                <th scope="row" colSpan={2}><Link to={links.statementWithSubAccounts(group.accountCode, group.currency, asOf)}>{group.accountName} in all, {group.currency.toUpperCase()}</Link></th>
                <td className="num"><MoneyText amount={group.debitMinor} currency={group.currency} /></td>
                <td className="num"><MoneyText amount={group.creditMinor} currency={group.currency} /></td>
                <td className="num"><MoneyText amount={group.balanceMinor} currency={group.currency} /></td>
                {isForeign ? <td className="num"><MoneyText amount={group.functionalBalanceMinor} currency={functional} /></td> : null}
              </tr>
            ))}
            </Fragment>
          ))}
          {balance.totals.map((total) => (
            <tr key={total.currency} className="sum">
              <th scope="row" colSpan={3}>Total, {total.currency.toUpperCase()}</th>
              <td className="num"><MoneyText amount={total.debitMinor} currency={total.currency} /></td>
              <td className="num"><MoneyText amount={total.creditMinor} currency={total.currency} /></td>
              <td className="num"><MoneyText amount={total.debitMinor - total.creditMinor} currency={total.currency} /></td>
              {isForeign ? <td /> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
