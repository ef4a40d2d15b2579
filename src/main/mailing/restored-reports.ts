/** The monthly report of a ledger that was put back from a backup: what the backup does not tell of may have been sent since, and is for a person to say. */
import type { WritableDatabase } from '../database/handles.ts';
import { readPreferenceOf } from '../database/preferences.ts';
import { idFromKey } from '../platform/ids.ts';
import { findLastDelivery, hasDeliveries, insertDelivery, settleDelivery } from './report-deliveries.repository.ts';
import { readReportMailSettings, reportSettingsName } from './report-mailing.ts';

const report = 'revenue';
const errorMessage = 'A backup was put back: whether it was sent since the backup was made is not known.';

/**
 * Puts the report of a month in doubt where the schedule would send it again, so that it keeps back (docs/adr/0029). A report that the backup knows as sent, or as refused for good, stays what it is.
 * @param month the last one whose report was due.
 * @param now epoch milliseconds.
 * @returns how many reports are in doubt now.
 */
export function doubtUnsentReport(database: WritableDatabase, { month, now, actor }: { readonly month: string; readonly now: number; readonly actor: string }): number {
  // A backup of an older Daybook may know no deliveries yet.
  if (!hasDeliveries(database)) return 0;
  const { isSent, recipients } = readReportMailSettings(readPreferenceOf(database, reportSettingsName));
  if (!isSent) return 0;
  const last = findLastDelivery(database, report, month);
  const isOver = last !== undefined && last.state !== 'sending' && last.errorCode !== 'report-refused-for-now';
  if (isOver) return 0;
  if (last?.state === 'sending') settleDelivery(database, { ...last, state: 'in-doubt', errorCode: 'report-in-doubt', errorMessage });
  else {
    const sequence = (last?.sequence ?? 0) + 1;
    // Nothing of it is here: no file, no id under which it went.
    insertDelivery(database, {
      id: idFromKey(`report-delivery/${report}/${month}/${sequence}`), report, month, sequence, state: 'in-doubt', recipients: recipients.map((address) => ({ address, state: 'waiting', response: null })), subject: '', messageId: '', location: '', sha256: '', askedBy: actor,
      handedOverAt: now, answeredAt: null, errorCode: 'report-in-doubt', errorMessage,
    });
  }
  return 1;
}
