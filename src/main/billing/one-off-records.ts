/** Who a one-off draft is from and to, by the records as they are now (domain.md §4). */
import type { ReadableDatabase } from '../database/handles.ts';
import { hasSameRecords } from './draft-records.ts';
import { findPartner } from './partner-invoice.repository.ts';
import type { CustomerSnapshot, InvoiceDraft } from './partner-invoice.ts';
import type { IssuerPort } from './partner-invoicing.ports.ts';

interface RecordsDependencies {
  readonly readable: ReadableDatabase;
  readonly issuer: Pick<IssuerPort, 'issuer'>;
}

/** The company and the customer; who was typed in, or is a partner no more, stays as the draft has it. */
export function recordsNow({ readable, issuer }: RecordsDependencies, { partnerId, snapshot }: Pick<InvoiceDraft, 'partnerId' | 'snapshot'>): Pick<CustomerSnapshot, 'customer' | 'issuer'> {
  const partner = partnerId === null ? null : findPartner(readable, partnerId);
  return { customer: partner?.details ?? snapshot.customer, issuer: issuer.issuer() };
}

/** Whether a draft still says what the records say. */
export function isAsRecorded(dependencies: RecordsDependencies, draft: Pick<InvoiceDraft, 'partnerId' | 'snapshot' | 'edits'>): boolean {
  return hasSameRecords(draft, { ...draft, snapshot: { ...draft.snapshot, ...recordsNow(dependencies, draft) } });
}
