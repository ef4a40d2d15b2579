/**
 * The one contract of Daybook: served over a MessagePort, over a WebSocket and called directly by the CLI (architecture.md §3).
 * Nothing else crosses the process border.
 */
import type { ContractRouterClient } from '@orpc/contract';
import { archiveContract } from './archive.contract.ts';
import { backupsContract } from './backups.contract.ts';
import { bankingContract } from './banking.contract.ts';
import { closeEvidenceContract } from './close-evidence.contract.ts';
import { changesContract } from './changes.contract.ts';
import { contractsContract } from './contracts.contract.ts';
import { customersContract } from './customers.contract.ts';
import { documentsContract } from './documents.contract.ts';
import { invoicesContract } from './invoices.contract.ts';
import { ledgerContract } from './ledger.contract.ts';
import { numbersContract } from './numbers.contract.ts';
import { mailContract } from './mail.contract.ts';
import { partnersContract } from './partners.contract.ts';
import { peopleContract } from './people.contract.ts';
import { personalContract } from './personal.contract.ts';
import { sharedViewsContract } from './shared-views.contract.ts';
import { paymentsContract } from './payments.contract.ts';
import { ratesContract } from './rates.contract.ts';
import { reconciliationContract } from './reconciliation.contract.ts';
import { reconciliationRunsContract } from './reconciliation-runs.contract.ts';
import { reviewContract } from './review.contract.ts';
import { revenueMeasuresContract } from './revenue-measures.contract.ts';
import { revenueReportContract } from './revenue-report.contract.ts';
import { revenueScreensContract } from './revenue-screens.contract.ts';
import { revenueContract } from './revenue.contract.ts';
import { runSheetContract } from './run-sheet.contract.ts';
import { stripeContract } from './stripe.contract.ts';
import { workbenchContract } from './workbench.contract.ts';
import { jobsContract, settingsContract, systemContract } from './system.contract.ts';

export const contract = {
  system: systemContract,
  revenue: revenueContract,
  revenueMeasures: revenueMeasuresContract,
  revenueReport: revenueReportContract,
  revenueScreens: revenueScreensContract,
  documents: documentsContract,
  invoices: { ...invoicesContract, runSheet: runSheetContract },
  payments: paymentsContract,
  customers: customersContract,
  partners: partnersContract,
  contracts: contractsContract,
  changes: changesContract,
  numbers: numbersContract,
  rates: ratesContract,
  reconciliation: { ...reconciliationContract, runs: reconciliationRunsContract },
  workbench: workbenchContract,
  closeEvidence: closeEvidenceContract,
  ledger: ledgerContract,
  mail: mailContract,
  archive: archiveContract,
  backups: backupsContract,
  banking: bankingContract,
  jobs: jobsContract,
  settings: settingsContract,
  people: peopleContract,
  personal: personalContract,
  sharedViews: sharedViewsContract,
  review: reviewContract,
  stripe: stripeContract,
};

export type Contract = typeof contract;
/** The client every road gives: renderer, CLI and tests call the same typed procedures. */
export type DaybookClient = ContractRouterClient<Contract>;
