/** One desk with everything partner billing needs, on a real ledger file; and a shared database with the same contracts. */
import type { Clock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createInvoiceDrafts, type InvoiceDrafts } from '../billing/invoice-drafts.ts';
import { createInvoiceRecorder } from '../billing/invoice-recorder.ts';
import { createInvoiceRegeneration } from '../billing/invoice-regeneration.ts';
import { createIssuerProfile } from '../billing/issuer-profile.ts';
import { createLocalInvoiceRegister } from '../billing/local-invoice-register.ts';
import { createPartnerInvoicing, type PartnerInvoicing } from '../billing/partner-invoicing.ts';
import type { InvoiceDocumentsPort, InvoiceRegister, JournalPort } from '../billing/partner-invoicing.ports.ts';
import { taxRates } from '../billing/tax-rates.ts';
import { taxOfCustomer } from '../billing/tax-rules.ts';
import { createPartnerContracts } from '../contracts/partner-contracts.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createInvoiceTemplates, type InvoiceTemplates } from '../documents/invoice-template.ts';
import { createJournal } from '../ledger/journal.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { isActMatched } from '../banking/bank-match.repository.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { createActRecorder } from '../receivables/act-recorder.ts';
import { createLocalReceivableRegister } from '../receivables/local-receivable-register.ts';
import type { ReceivableRegister } from '../receivables/receivables.ports.ts';
import { createReceivables, type Receivables } from '../receivables/receivables.ts';
import { insertExchangeRate, insertPartnerContract, insertUsage } from './billing-fixtures.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary-database.ts';
import { ownNumbers } from './own-numbers.ts';

export interface BillingDesk extends Disposable {
  readonly database: SqliteDatabase;
  readonly folder: string;
  readonly invoicing: PartnerInvoicing;
  readonly templates: InvoiceTemplates;
  readonly register: InvoiceRegister;
  readonly receivables: Receivables;
  readonly drafts: InvoiceDrafts;
  readonly voidAndRegenerate: ReturnType<typeof createInvoiceRegeneration>;
  /** It is this moment from now on. */
  setNow(instant: string): void;
  /** Entries as `kind: Dr/Cr account amount currency (functional)`, in the order of the ledger. */
  readBooks(): string[];
}

export interface BillingDeskOptions {
  readonly contracts: readonly PartnerContractRow[];
  /** A ledger that was filled before; nothing is added to it. */
  readonly ledger?: TemporaryDatabase;
  readonly now?: string;
  /** Left out: New York’s. */
  readonly timeZone?: TimeZone;
  /** The local twin when left out. */
  readonly register?: InvoiceRegister;
  readonly receivableRegister?: ReceivableRegister;
  readonly journal?: JournalPort;
  /** As many as in real life when left out. */
  readonly invoicesPerTransaction?: number;
  readonly documents?: (desk: { database: SqliteDatabase; folder: string }) => InvoiceDocumentsPort;
}

const listBooks = sql('test.books', `SELECT e.kind, p.direction, p.account_code, p.amount_minor, p.currency, p.functional_amount_minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id ORDER BY e.ledger_sequence, p.line_number`);

/** The present moment of these tests: 18 November 2026, 09:14 in New York. */
export const testNow = '2026-11-18T14:14:00Z';

export function openBillingDesk(options: BillingDeskOptions): BillingDesk {
  const ledger = options.ledger ?? openTemporaryDatabase();
  const { database } = ledger;
  let now = Date.parse(options.now ?? testNow);
  const clock: Clock = { now: () => now };
  if (!options.ledger) {
    for (const contract of options.contracts) insertPartnerContract(database, contract);
    insertExchangeRate(database, 'eur', 'usd', '2026-11-13', '1.08415');
    insertExchangeRate(database, 'eur', 'usd', '2026-11-19', '1.2');
  }
  const timeZone = options.timeZone ?? new TimeZone('America/New_York');
  const [journal, audit] = [options.journal ?? createJournal({ clock }), createAuditLog({ clock })];
  const numbers = ownNumbers(database, { audit, clock, timeZone, user: 'amara' });
  const localReceivables = createLocalReceivableRegister({ unitOfWork: database.unitOfWork, invoices: invoiceStore, numbers, clock, newId, user: 'amara' });
  const acts = createActRecorder({ readable: database, unitOfWork: database.unitOfWork, journal, invoices: invoiceStore, audit, functionalCurrency: () => 'usd', logger: silentLogger });
  const register = options.register ?? createLocalInvoiceRegister({ readable: database, unitOfWork: database.unitOfWork, credits: localReceivables, numbers, timeZone, user: 'amara' });
  const receivables = createReceivables({ readable: database, recorder: acts, invoices: invoiceStore, clock, timeZone, newId, functionalCurrency: () => 'usd', register: options.receivableRegister ?? localReceivables, isOnStatement: (actId) => isActMatched(database, actId) });
  const documents = options.documents?.({ database, folder: ledger.folder });
  const templates: InvoiceTemplates = createInvoiceTemplates({ readable: database, unitOfWork: database.unitOfWork, clock, audit, issuer: () => issuer.issuer() });
  const issuer = createIssuerProfile({ readable: database, documentFor: (partnerId) => templates.documentFor(partnerId) });
  const billing = {
    readable: database, unitOfWork: database.unitOfWork, contracts: createPartnerContracts({ readable: database }), issuer, register,
    journal, audit, acts, clock, timeZone, functionalCurrency: () => 'usd', newId, logger: silentLogger,
    ...(documents ? { documents } : {}), ...(options.invoicesPerTransaction === undefined ? {} : { invoicesPerTransaction: options.invoicesPerTransaction }),
  };
  const invoicing = createPartnerInvoicing(billing);
  const drafts = createInvoiceDrafts({ ...billing, recorder: createInvoiceRecorder(billing), taxOf: (customer, on) => taxOfCustomer(taxRates(), customer, 'ES', on) });
  return {
    database, folder: ledger.folder, invoicing, templates, register, receivables, drafts, voidAndRegenerate: createInvoiceRegeneration({ invoicing, drafts }),
    setNow: (instant) => void (now = Date.parse(instant)),
    readBooks: () =>
      database
        .all<{ kind: string; direction: string; account_code: string; amount_minor: number; currency: string; functional_amount_minor: number }>(listBooks)
        .map((row) => `${row.kind}: ${row.direction === 'debit' ? 'Dr' : 'Cr'} ${row.account_code} ${row.amount_minor} ${row.currency} (${row.functional_amount_minor})`),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}

/** October's usage around its borders in New York: what lies a second outside must not be billed, what is sent twice counts once. */
export function insertOctoberUsage(database: SqliteDatabase): void {
  insertUsage(database, 'kkb-before', 'dp_pk_KKB', 'deeds', 1_000, '2026-10-01T03:59:59Z');
  insertUsage(database, 'kkb-first', 'dp_pk_KKB', 'deeds', 11, '2026-10-01T04:00:00Z');
  insertUsage(database, 'kkb-middle', 'dp_pk_KKB', 'deeds', 390, '2026-10-15T12:00:00Z');
  insertUsage(database, 'kkb-middle', 'dp_pk_KKB', 'deeds', 390, '2026-10-15T12:00:00Z');
  insertUsage(database, 'kkb-last', 'dp_pk_KKB', 'deeds', 10, '2026-11-01T03:59:59Z');
  insertUsage(database, 'kkb-after', 'dp_pk_KKB', 'deeds', 1_000, '2026-11-01T04:00:00Z');
  insertUsage(database, 'kkb-requests', 'dp_pk_KKB', 'requests', 77, '2026-10-15T12:00:00Z');
  insertUsage(database, 'tsg', 'dp_pk_TSG', 'requests', 1_001, '2026-10-20T12:00:00Z');
}
