import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { todayItemSchema } from '../../../../shared/api/system.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { AsOf, Box, Screen } from '../../components/screen.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { withLocalDates } from '../../lib/iso-words.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { MissingMoneyBox } from './missing-money.tsx';
import { SettleDialog } from './settle-dialog.tsx';
import { TodayAction, type TodayItem } from './today-action.tsx';

type Kind = (typeof todayItemSchema.shape.kind.options)[number];
const pluralWords: Readonly<Record<Kind, readonly [string, string]>> = {
  discrepancy: ['discrepancy', 'discrepancies'], 'draft-invoice': ['draft invoice', 'draft invoices'], 'failed-job': ['failed job', 'failed jobs'], 'review-item': ['item to review', 'items to review'],
  'ledger-unsound': ['finding in the ledger', 'findings in the ledger'],
  conflict: ['conflict', 'conflicts'], approval: ['approval', 'approvals'], 'parked-edit': ['edit not taken', 'edits not taken'], 'contract-problem': ['contract problem', 'contract problems'], 'overdue-invoice': ['overdue invoice', 'overdue invoices'], stripe: ['Stripe item', 'Stripe items'], 'reopen-request': ['approval', 'approvals'], 'mail-trouble': ['e-mail', 'e-mails'], 'archive-trouble': ['archive item', 'archive items'],
};

/** What needs me: counts by kind, then the list, each with the way to it. */
export function TodayScreen() {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const [settling, setSettling] = useState<TodayItem | null>(null);
  const [filter, setFilter] = useUrlFilter(['kind'] as const);
  const today = useQuery(queries.system.today.queryOptions({ input: { limit: 500 } }));
  const kind = oneOf(todayItemSchema.shape.kind.options, filter.kind);
  const number = new Intl.NumberFormat(locale);
  const counts = today.data?.counts.filter((each) => each.count > 0) ?? [];
  const all = counts.reduce((sum, each) => sum + each.count, 0);
  const items = (today.data?.items ?? []).filter((item) => !kind || item.kind === kind);
  const wanted = kind ? counts.find((each) => each.kind === kind)?.count ?? 0 : all;
  return (
    <Screen title="Today" controls={<AsOf instant={today.data?.asOf} />}>
      {today.isError ? <ErrorNotice error={today.error} onRetry={() => void today.refetch()} /> : null}
      <MissingMoneyBox />
      {today.data && all === 0 ? (
        <EmptyState title="Nothing needs you" action={<EntityLink to={links.revenue}>Look at revenue</EntityLink>}>No open discrepancies, no drafts due, no failed jobs, nothing to review or to approve. What comes up shows here first.</EmptyState>
      ) : null}
      {today.data && all > 0 ? (
        <Box isFilling label="What needs me">
          <div className="box-head">
            <h2>What needs me</h2>
            <div className="chips" role="group" aria-label="Kind">
              <button type="button" className="chip" aria-pressed={!kind} onClick={() => setFilter({ kind: null })}>All<span className="count">{number.format(all)}</span></button>
              {counts.map((each) => <button key={each.kind} type="button" className="chip" aria-pressed={kind === each.kind} onClick={() => setFilter({ kind: each.kind })}>{pluralWords[each.kind][each.count === 1 ? 0 : 1].replace(/^./, (first) => first.toUpperCase())}<span className="count">{number.format(each.count)}</span></button>)}
            </div>
          </div>
          <div className="scroll-x" tabIndex={0} role="group" aria-label="What needs me, list">
            <table className="plain">
              <thead><tr><th scope="col">Kind</th><th scope="col">What</th><th scope="col">Detail</th><th scope="col" className="num">Amount</th><th scope="col">Since</th><th scope="col"><span className="visually-hidden">Do</span></th></tr></thead>
              <tbody>
                {items.map((item) => (
                  <tr key={`${item.kind}/${item.id}`}>
                    <td><StatusBadge status={item.kind} /></td>
                    <th scope="row" className="wrap"><Link to={item.link}>{withLocalDates(item.title, locale)}</Link></th>
                    <td className="quiet">{withLocalDates(item.detail, locale)}</td>
                    <td className="num">{item.amount ? <MoneyText amount={item.amount.amount} currency={item.amount.currency} /> : ''}</td>
                    <td><DateText instant={item.at} isRelative /></td>
                    <td className="num"><TodayAction item={item} onSettle={() => setSettling(item)} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {wanted > items.length ? <p className="section quiet">{number.format(items.length)} of {number.format(wanted)} shown, newest first. The workspaces list the rest.</p> : null}
        </Box>
      ) : null}
      {settling ? <SettleDialog item={settling} onClose={() => setSettling(null)} /> : null}
    </Screen>
  );
}
