/** The monthly revenue report, wired: its figures, the renderer of documents, and this desk's e-mail. */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { createPreferences } from '../database/preferences.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { fileNameFrom, readDocument, sha256Of, writeDocument } from '../documents/document-folder.ts';
import type { PdfRenderer } from '../documents/pdf-renderer.ts';
import { createRevenueReports } from '../documents/revenue-reports.ts';
import type { ReportsForMail } from '../mailing/mailing.ports.ts';
import { createReportMailing } from '../mailing/report-mailing.ts';
import { createRevenueMeasures } from '../reporting/revenue-measures.queries.ts';
import { createRevenueQueries } from '../reporting/revenue.queries.ts';
import { readRevenueReport } from '../reporting/revenue-report.ts';
import { reportSections } from '../reporting/revenue-report-sections.ts';
import type { LedgerSettings } from './ledger-settings.ts';
import type { Mailing } from './mailing.ts';

export interface RevenueReportParts {
  readonly database: SqliteDatabase;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly settings: () => LedgerSettings;
  readonly companyName: () => string;
  readonly renderer: PdfRenderer;
  readonly audit: AuditLog;
  readonly mail: Pick<Mailing, 'settings' | 'transport'>;
  readonly password: () => string | null;
}

export function composeRevenueReport({ database, dataFolder, clock, settings, companyName, renderer, audit, mail, password }: RevenueReportParts) {
  const revenue = createRevenueQueries({ readable: database, clock, settings });
  const sections = reportSections(database, createRevenueMeasures({ readable: database, clock, settings }), () => settings().functionalCurrency);
  const reports = createRevenueReports({ renderer, read: (month, presented) => readRevenueReport({ revenue, company: companyName, reportingTimeZone: () => settings().reportingTimeZone, sections }, month, presented) });
  const kept: ReportsForMail = {
    make: (month) => reports.make(month),
    async keep(name, bytes) {
      const location = `documents/reports/${fileNameFrom(`revenue-${name}`)}.pdf`;
      await writeDocument(dataFolder, location, bytes);
      return { location, sha256: sha256Of(bytes) };
    },
    async open(location) {
      const bytes = await readDocument(dataFolder, location);
      return bytes && { bytes, sha256: sha256Of(bytes) };
    },
  };
  return {
    reports,
    mailing: createReportMailing({ readable: database, unitOfWork: database.unitOfWork, preferences: createPreferences(database, database.unitOfWork), reports: kept, settings: mail.settings, transport: mail.transport, password, audit, clock }),
  };
}
