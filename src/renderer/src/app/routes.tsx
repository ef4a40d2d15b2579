import { useQuery } from '@tanstack/react-query';
import { createHashRouter, Navigate, useRouteError } from 'react-router';
import { ErrorNotice } from '../components/error-notice.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { EntityLink } from '../components/entity-link.tsx';
import { Screen } from '../components/screen.tsx';
import { CustomersScreen } from '../features/customers/customers-screen.tsx';
import { AgeingScreen } from '../features/invoices/ageing/ageing-screen.tsx';
import { ReceiptsScreen } from '../features/invoices/ageing/receipts-screen.tsx';
import { DraftScreen } from '../features/invoices/drafts/draft-screen.tsx';
import { InvoicesScreen } from '../features/invoices/invoices-screen.tsx';
import { MailOutboxScreen } from '../features/invoices/mail/mail-outbox-screen.tsx';
import { RunSheetScreen } from '../features/invoices/run-sheet/run-sheet-screen.tsx';
import { JobsScreen } from '../features/jobs/jobs-screen.tsx';
import { BackupsScreen } from '../features/ledger/backups-screen.tsx';
import { EntriesScreen } from '../features/ledger/entries-screen.tsx';
import { PeriodsScreen } from '../features/ledger/periods/periods-screen.tsx';
import { StatementScreen } from '../features/ledger/statement-screen.tsx';
import { TrialBalanceScreen } from '../features/ledger/trial-balance-screen.tsx';
import { LedgerExportScreen } from '../features/ledger/ledger-export-screen.tsx';
import { VerifyScreen } from '../features/ledger/verify-screen.tsx';
import { ApprovalsScreen } from '../features/partners/changes/approvals-screen.tsx';
import { ConflictsScreen } from '../features/partners/changes/conflicts-screen.tsx';
import { QueueScreen } from '../features/partners/changes/queue-screen.tsx';
import { ContractsScreen } from '../features/partners/contracts/contracts-screen.tsx';
import { PartnersScreen } from '../features/partners/partners-screen.tsx';
import { PaymentsScreen } from '../features/payments/payments-screen.tsx';
import { CloseScreen } from '../features/reconciliation/close/close-screen.tsx';
import { BankScreen } from '../features/reconciliation/bank/bank-screen.tsx';
import { StatementsScreen } from '../features/reconciliation/bank/statements-screen.tsx';
import { ReconciliationScreen } from '../features/reconciliation/reconciliation-screen.tsx';
import { ReportScreen } from '../features/reconciliation/report-screen.tsx';
import { BreakdownsRoom } from '../features/revenue/breakdowns-room.tsx';
import { CohortsRoom } from '../features/revenue/cohorts-room.tsx';
import { CompareRoom } from '../features/revenue/compare-room.tsx';
import { MovementsRoom } from '../features/revenue/movements-room.tsx';
import { RecognitionRoom } from '../features/revenue/recognition-room.tsx';
import { CashRoom } from '../features/revenue/cash-room.tsx';
import { ReportRoom } from '../features/revenue/report-room.tsx';
import { ReconciliationRunsScreen } from '../features/reconciliation/runs-screen.tsx';
import { RevenueScreen } from '../features/revenue/revenue-screen.tsx';
import { FirstStart } from '../features/settings/first-start.tsx';
import { PeopleScreen } from '../features/settings/people-screen.tsx';
import { InvoiceTemplateScreen } from '../features/settings/invoice-template-screen.tsx';
import { NumbersScreen } from '../features/settings/numbers-screen.tsx';
import { ArchiveSettingsScreen } from '../features/settings/archive/archive-settings-screen.tsx';
import { InvoicingSettingsScreen } from '../features/settings/invoicing/invoicing-settings-screen.tsx';
import { MailSettingsScreen } from '../features/settings/mail/mail-settings-screen.tsx';
import { RatesScreen } from '../features/settings/rates-screen.tsx';
import { ReconciliationSettingsScreen } from '../features/settings/reconciliation-settings-screen.tsx';
import { SettingsScreen } from '../features/settings/settings-screen.tsx';
import { StripeEventsScreen } from '../features/settings/stripe-events-screen.tsx';
import { StripeScreen } from '../features/settings/stripe-screen.tsx';
import { StripeWaitingScreen } from '../features/settings/stripe-waiting-screen.tsx';
import { TodayScreen } from '../features/today/today-screen.tsx';
import { useApi } from '../lib/api/api-context.tsx';
import { links } from '../lib/links.ts';
import { Shell } from './shell.tsx';
import { landingOf } from './workspaces.ts';

/** Where a person lands: the first start while there is nothing, else their role's own workspace. */
function Landing() {
  const { queries } = useApi();
  const status = useQuery(queries.system.status.queryOptions({ input: {} }));
  if (status.isError) return <Screen title="Daybook"><ErrorNotice error={status.error} onRetry={() => void status.refetch()} /></Screen>;
  if (!status.data) return <Screen title="Daybook"><span className="muted">Opening the books</span></Screen>;
  return status.data.hasData ? <Navigate to={landingOf[status.data.role]} replace /> : <FirstStart />;
}

function BrokenScreen() {
  const error = useRouteError();
  return <main className="content"><ErrorNotice error={{ code: 'unexpected', cause: error }} onRetry={() => window.location.reload()} /></main>;
}

function NoSuchPlace() {
  return <Screen title="Not found"><EmptyState title="There is no such place" action={<EntityLink to={links.today}>Go to Today</EntityLink>}>The address may be from another version, or mistyped.</EmptyState></Screen>;
}

/** Hash addresses: the same in Electron’s own protocol and in the browser host, and nothing of them reaches a server. */
export const router = createHashRouter([
  {
    element: <Shell />,
    errorElement: <BrokenScreen />,
    children: [
      { index: true, element: <Landing /> },
      { path: 'welcome', element: <FirstStart /> },
      { path: 'today', element: <TodayScreen /> },
      { path: 'revenue/breakdowns', element: <BreakdownsRoom /> },
      { path: 'revenue/cohorts/:customerId?', element: <CohortsRoom /> },
      { path: 'revenue/compare', element: <CompareRoom /> },
      { path: 'revenue/movements/:customerId?', element: <MovementsRoom /> },
      { path: 'revenue/recognition', element: <RecognitionRoom /> },
      { path: 'revenue/cash', element: <CashRoom /> },
      { path: 'revenue/report', element: <ReportRoom /> },
      { path: 'revenue/:customerId?', element: <RevenueScreen /> },
      { path: 'invoices/mail/:id?', element: <MailOutboxScreen /> },
      { path: 'invoices/run-sheet/:id?', element: <RunSheetScreen /> },
      { path: 'invoices/payments/:id?', element: <PaymentsScreen /> },
      { path: 'invoices/customers/:id?', element: <CustomersScreen /> },
      { path: 'invoices/ageing/:id?', element: <AgeingScreen /> },
      { path: 'invoices/receipts/:id?', element: <ReceiptsScreen /> },
      { path: 'invoices/draft/:id', element: <DraftScreen /> },
      { path: 'invoices/:id?', element: <InvoicesScreen /> },
      { path: 'partners/contracts/:id?', element: <ContractsScreen /> },
      { path: 'partners/conflicts/:id?', element: <ConflictsScreen /> },
      { path: 'partners/approvals/:id?', element: <ApprovalsScreen /> },
      { path: 'partners/queue/:id?', element: <QueueScreen /> },
      { path: 'partners/:id?', element: <PartnersScreen /> },
      { path: 'reconciliation/close/:month?', element: <CloseScreen /> },
      { path: 'reconciliation/report', element: <ReportScreen /> },
      { path: 'reconciliation/bank', element: <BankScreen /> },
      { path: 'reconciliation/statements', element: <StatementsScreen /> },
      { path: 'reconciliation/runs/:id?', element: <ReconciliationRunsScreen /> },
      { path: 'reconciliation/:id?', element: <ReconciliationScreen /> },
      { path: 'ledger', element: <TrialBalanceScreen /> },
      { path: 'ledger/entries/:id?', element: <EntriesScreen /> },
      { path: 'ledger/statement/:id?', element: <StatementScreen /> },
      { path: 'ledger/periods/:month?', element: <PeriodsScreen /> },
      { path: 'ledger/export', element: <LedgerExportScreen /> },
      { path: 'ledger/verify', element: <VerifyScreen /> },
      { path: 'ledger/backups/:id?', element: <BackupsScreen /> },
      { path: 'jobs/:runId?', element: <JobsScreen /> },
      { path: 'settings', element: <SettingsScreen /> },
      { path: 'settings/people', element: <PeopleScreen /> },
      { path: 'settings/invoice-template', element: <InvoiceTemplateScreen /> },
      { path: 'settings/numbers', element: <NumbersScreen /> },
      { path: 'settings/invoicing', element: <InvoicingSettingsScreen /> },
      { path: 'settings/mail', element: <MailSettingsScreen /> },
      { path: 'settings/reconciliation', element: <ReconciliationSettingsScreen /> },
      { path: 'settings/archive', element: <ArchiveSettingsScreen /> },
      { path: 'settings/rates', element: <RatesScreen /> },
      { path: 'settings/stripe', element: <StripeScreen /> },
      { path: 'settings/stripe/events/:id?', element: <StripeEventsScreen /> },
      { path: 'settings/stripe/waiting/:id?', element: <StripeWaitingScreen /> },
      { path: '*', element: <NoSuchPlace /> },
    ],
  },
]);
