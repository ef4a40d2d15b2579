/** A desk with many partners and a million usage rows, for the benchmarks of billing. */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { createAuditLog } from '../src/main/audit/audit-log.ts';
import { createIssuerProfile } from '../src/main/billing/issuer-profile.ts';
import { createLocalInvoiceRegister } from '../src/main/billing/local-invoice-register.ts';
import type { InvoiceRegister } from '../src/main/billing/partner-invoicing.ports.ts';
import { createPartnerInvoicing, type PartnerInvoicing } from '../src/main/billing/partner-invoicing.ts';
import { createPartnerContracts } from '../src/main/contracts/partner-contracts.ts';
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { createJournal } from '../src/main/ledger/journal.ts';
import { newId } from '../src/main/platform/ids.ts';
import { invoiceStore } from '../src/main/billing/invoice-store.ts';
import { createActRecorder } from '../src/main/receivables/act-recorder.ts';
import { createLocalReceivableRegister } from '../src/main/receivables/local-receivable-register.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { ownNumbers } from '../src/main/testing/own-numbers.ts';

export const billedPeriod = '2026-10';

export interface PartnerLedger extends Disposable {
  readonly database: SqliteDatabase;
  readonly folder: string;
  readonly invoicing: PartnerInvoicing;
}

/** @param register the shared database's; left out: the desk works alone. */
export function openPartnerLedger(partners: number, usageRows: number, register?: InvoiceRegister): PartnerLedger {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
  const timeZone = new TimeZone('America/New_York');
  database.connection.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${partners})
    INSERT INTO partners (id, name, legal_name, billing_email, billing_address, tax_treatment, version, updated_at)
    SELECT printf('%08d-0000-4000-8000-000000000001', i), 'Partner ' || i, 'Partner ' || i || ' Inc.', 'ap@p' || i || '.example', '{"line1":"1 Main Street","city":"Austin, TX","postalCode":"78701","country":"US"}', 'standard', 1, 0 FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${partners})
    INSERT INTO partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, per_deed_price, per_1000_price, currency, included_units, minimum_commitment_minor, discount_basis_points, tax_rate_basis_points,
      withholding_rate_basis_points, payment_terms_days, effective_from, version, updated_at)
    SELECT printf('%08d-0000-4000-8000-000000000002', i), printf('%08d-0000-4000-8000-000000000001', i), 'dp_pk_' || i, CASE i % 4 WHEN 0 THEN 'flat' WHEN 1 THEN 'per_deed' WHEN 2 THEN 'hybrid' ELSE 'per_request' END, 50000, '1.125', '2.375', 'usd', 0, 0, 0, 825, 0, 30, '2023-01-01', 1, 0 FROM n;`);
  if (usageRows > 0) {
    const { start, end } = timeZone.boundsOf('2026-10' as Parameters<TimeZone['boundsOf']>[0]);
    database.connection.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${usageRows})
      INSERT INTO api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at, received_at)
      SELECT 'use-' || i, 'dp_pk_' || (i % ${partners} + 1), CASE (i / ${partners}) % 2 WHEN 0 THEN 'deeds' ELSE 'requests' END, i % 7 + 1, ${start} + (i * 7919) % ${end - start}, 0 FROM n`);
  }
  const [journal, audit] = [createJournal({ clock }), createAuditLog({ clock })];
  const numbers = ownNumbers(database, { audit, clock, timeZone, user: 'bench' });
  const acts = createActRecorder({ readable: database, unitOfWork: database.unitOfWork, journal, invoices: invoiceStore, audit, functionalCurrency: () => 'usd', logger: silentLogger });
  const credits = createLocalReceivableRegister({ unitOfWork: database.unitOfWork, invoices: invoiceStore, numbers, clock, newId, user: 'bench' });
  const invoicing = createPartnerInvoicing({
    readable: database, unitOfWork: database.unitOfWork, contracts: createPartnerContracts({ readable: database }), issuer: createIssuerProfile({ readable: database }),
    register: register ?? createLocalInvoiceRegister({ readable: database, unitOfWork: database.unitOfWork, credits, numbers, timeZone, user: 'bench' }), journal, audit, acts, clock, timeZone, functionalCurrency: () => 'usd', newId,
    logger: silentLogger,
  });
  return { database, folder: ledger.folder, invoicing, [Symbol.dispose]: () => ledger[Symbol.dispose]() };
}
