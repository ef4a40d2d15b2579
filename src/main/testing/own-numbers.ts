/** Document numbers of a desk that works alone, for tests and benchmarks that wire billing by hand. */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { DocumentNumbers } from '../billing/document-numbers.ports.ts';
import { createLocalDocumentNumbers } from '../billing/local-document-numbers.ts';
import { createLocalNumberAuthority } from '../billing/local-number-authority.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';

export function ownNumbers(database: SqliteDatabase, { audit, clock, timeZone, user }: { readonly audit: AuditLog; readonly clock: Clock; readonly timeZone: TimeZone; readonly user: string }): DocumentNumbers {
  const { unitOfWork } = database;
  return createLocalDocumentNumbers({ unitOfWork, authority: createLocalNumberAuthority({ readable: database, unitOfWork, audit, clock, timeZone, user, desk: 'desk', isAdmin: true }) });
}
