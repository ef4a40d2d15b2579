/** What a restore does to a ledger beside putting it in place. */
import { join } from 'node:path';
import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { doubtUnsentMail, findMail, saveMail } from '../mailing/mail-outbox.repository.ts';
import type { MailEntry, MailState } from '../mailing/mail-entry.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { openBackups } from '../testing/open-backups.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { restoreLedger } from './restore-ledger.ts';

const states: readonly MailState[] = ['waiting', 'claimed', 'sending', 'in-doubt', 'sent', 'failed', 'cancelled', 'bounced'];
const mail = (state: MailState): MailEntry => ({
  id: state, invoiceId: `invoice-${state}`, invoiceNumber: 'INV-2026-0001', sequence: 1, state, recipients: [{ address: 'books@example.com', state: 'waiting', response: null }], subject: 'Invoice', body: 'Attached.', language: 'en', attachmentName: 'INV-2026-0001.pdf',
  totalsFingerprint: 'f', messageId: '<1@example.com>', attempts: 0, nextAttemptAt: 1, fencingNumber: 4, claimedBy: null, leaseExpiresAt: null, errorCode: null, errorMessage: null, queuedBy: 'amara', queuedAt: 1, sentAt: null, attachmentSha256: null,
  events: [{ at: 1, actor: 'amara', action: 'mail-queued', note: null }], version: 1,
});

describe('a restored ledger', () => {
  it('sends nothing by itself that waited when the backup was made: it may have been sent since', async () => {
    using folder = makeTemporaryFolder();
    using made = openTemporaryDatabase();
    made.database.unitOfWork.run('test', (database) => {
      for (const state of states) saveMail(database, mail(state));
    });
    made.database.connection.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(made.file, join(folder.path, 'ledger.sqlite'));
    const { backup } = await openBackups(folder.path).create('asked', unattended);
    await restoreLedger({ dataFolder: folder.path, env: {}, backup: backup.id, isRehearsal: false }, unattended);
    const database = openDatabase({ file: join(folder.path, 'ledger.sqlite'), logger: silentLogger });
    try {
      expect(states.map((state) => findMail(database, state)?.state)).toEqual(['in-doubt', 'in-doubt', 'in-doubt', 'in-doubt', 'sent', 'failed', 'cancelled', 'bounced']);
      expect(findMail(database, 'claimed')).toMatchObject({ errorCode: 'mail-in-doubt', fencingNumber: 5, version: 2, events: [{ action: 'mail-queued' }, { action: 'mail-in-doubt' }] });
      expect(database.get(sql('test.audit', "SELECT diff ->> 'mailsInDoubt' AS mails FROM audit_log WHERE action = 'restore'"))).toEqual({ mails: 3 });
    } finally {
      database.close();
    }
  });

  it.each([['2026-11-01T11:00:00Z', '2026-09'], ['2026-11-01T13:00:00Z', '2026-10'], ['2026-12-01T03:00:00Z', '2026-10']])('at %s puts the report of %s in doubt, which the schedule would send again', async (now, month) => {
    using folder = makeTemporaryFolder();
    using made = openTemporaryDatabase();
    made.database.run(sql('test.zone', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('reporting_time_zone', 'America/New_York', 0)"));
    made.database.run(sql('test.wanted', "INSERT INTO preferences (name, value) VALUES ('revenue_report_mail', '{\"isSent\":true,\"recipients\":[\"cfo@example.com\"]}')"));
    made.database.connection.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(made.file, join(folder.path, 'ledger.sqlite'));
    const { backup } = await openBackups(folder.path).create('asked', unattended);
    await restoreLedger({ dataFolder: folder.path, env: { DAYBOOK_NOW: now }, backup: backup.id, isRehearsal: false }, unattended);
    const database = openDatabase({ file: join(folder.path, 'ledger.sqlite'), logger: silentLogger });
    try {
      expect(database.all(sql('test.deliveries', 'SELECT month, sequence, state, error_code AS code FROM report_deliveries'))).toEqual([{ month, sequence: 1, state: 'in-doubt', code: 'report-in-doubt' }]);
      expect(database.get(sql('test.audit-of-reports', "SELECT diff ->> 'reportsInDoubt' AS reports FROM audit_log WHERE action = 'restore'"))).toEqual({ reports: 1 });
    } finally {
      database.close();
    }
  });

  it('leaves the e-mails of a shared ledger to the shared outbox', () => {
    using ledger = openTemporaryDatabase();
    ledger.database.run(sql('test.shared', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('shared_ledger_id', 'l', 0)"));
    saveMail(ledger.database, mail('waiting'));
    expect(doubtUnsentMail(ledger.database, 5, 'amara')).toBe(0);
    expect(findMail(ledger.database, 'waiting')).toEqual(mail('waiting'));
  });
});
