/**
 * Contracts as people look at them: the list, one with its terms over time, the values behind a form; with what is on its way laid over what stands
 * (docs/adr/0015: the copy itself is never edited).
 */
import type { z } from 'zod';
import type { contractRecordSchema, contractRowSchema, termsInForceSchema } from '../../shared/api/contracts.contract.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { ChangeView, OpenChanges } from './contract-changes.ports.ts';
import { mustFindRecord } from './contract-checks.ts';
import type { MergedEntity } from './contract-fields.ts';
import { listContractIds, listPartnerNames, type ContractWindow } from './contract-list.repository.ts';
import { findContractIdByPrefix, findRecord, listAmendmentsOf, readKnownRecords } from './contract-records.repository.ts';
import { parseContractTerms, type PartnerContractRow } from './contract-terms.ts';
import { amendedRow, spanOn, timelineOf } from './contract-timeline.ts';
import { problemsOfRecord, type KnownRecords } from './contract-validation.ts';
import { amendmentRowOf, contractRowOf, withDefaults, type RecordValues, type StoredRecord } from './contract-values.ts';
import { fieldsInForce, isArriving } from './pending-overlay.ts';
import { describeTerms } from './terms-summary.ts';
import { wantedRecord } from './wanted-records.ts';

export type ContractRow = z.infer<typeof contractRowSchema>;
export type ContractRecord = z.infer<typeof contractRecordSchema>;
type TermsInForce = z.infer<typeof termsInForceSchema>;

export interface ValuesOfRecord {
  /** 0 for a record that only this desk wants yet. */
  readonly version: number;
  readonly values: RecordValues;
  /** With the edits on their way; null where there is none. */
  readonly pendingValues: RecordValues | null;
}

export interface PartnerChoice {
  readonly id: string;
  readonly name: string;
  /** On its way: a contract of it is sent after it. */
  readonly isWanted: boolean;
}

export interface ContractRegister {
  /** Contracts that are only wanted yet come first, in the order in which they were wanted. */
  list(window: ContractWindow): { rows: ContractRow[]; total: number };
  /** @param id the contract's, or its first prefix; one that is only wanted yet too. @throws NotFoundError `record-not-found`. */
  show(id: string): ContractRecord;
  /** Whom a new contract may be made for, by name: those that stand, and those that are only wanted yet. */
  partners(): PartnerChoice[];
  /** @throws NotFoundError `record-not-found`. */
  values(entity: MergedEntity, id: string): ValuesOfRecord;
}

interface RegisterDependencies {
  readonly readable: ReadableDatabase;
  readonly changes: OpenChanges;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
}

/** What the shared database lost sight of; its contracts still show. */
const noPartner: StoredRecord = { id: '', version: 0, values: { name: '', tax_treatment: 'standard' } };

export function createContractRegister({ readable, changes, clock, timeZone }: RegisterDependencies): ContractRegister {
  const partnerOf = (contract: StoredRecord, open: readonly ChangeView[]): StoredRecord => {
    const id = String(contract.values['partner_id']);
    return findRecord(readable, 'partner', id) ?? wantedRecordOf(open, 'partner', id) ?? noPartner;
  };

  return {
    list(window) {
      const today = timeZone.dateOf(clock.now());
      const open = changes.listOpen();
      const wanted = wantedContracts(open).filter(({ id }) => findRecord(readable, 'contract', id) === undefined).map((contract) => rowOf(contract, partnerOf(contract, open), [], openOf(open, contract, []), today)).filter((row) => fits(row, window.filter));
      const first = wanted.slice(window.startAt, window.startAt + window.limit);
      const { ids, total } = listContractIds(readable, { ...window, startAt: Math.max(0, window.startAt - wanted.length), limit: window.limit - first.length }, today);
      const rows = ids.map((id) => {
        const contract = mustFindRecord(readable, 'contract', id);
        const amendments = listAmendmentsOf(readable, id);
        return rowOf(contract, partnerOf(contract, open), amendments, openOf(open, contract, amendments), today);
      });
      return { rows: [...first, ...rows], total: wanted.length + total };
    },
    show(given) {
      const all = changes.listOpen();
      const id = findContractIdByPrefix(readable, given) ?? given;
      const wanted = findRecord(readable, 'contract', id) ? undefined : wantedContracts(all).find((contract) => contract.id === id || contract.values['api_key_prefix'] === id);
      const contract = wanted ?? mustFindRecord(readable, 'contract', id);
      const amendments = listAmendmentsOf(readable, contract.id);
      const partner = partnerOf(contract, all);
      const open = openOf(all, contract, amendments);
      return { ...rowOf(contract, partner, amendments, open, timeZone.dateOf(clock.now())), timeline: timelineView(contract, partner, amendments, open, readKnownRecords(readable)), changes: open };
    },
    partners() {
      const standing = listPartnerNames(readable).map((partner): PartnerChoice => ({ ...partner, isWanted: false }));
      const known = new Set(standing.map((partner) => partner.id));
      const open = changes.listOpen();
      const wanted = open.filter((change) => change.entity === 'partner' && change.operation === 'create' && !known.has(change.entityId)).flatMap((change): PartnerChoice[] => {
        const record = wantedRecord(open, 'partner', change.entityId);
        return record ? [{ id: record.id, name: String(record.values['name']), isWanted: true }] : [];
      });
      return [...standing, ...wanted].toSorted((one, other) => one.name.localeCompare(other.name, 'en', { sensitivity: 'base' }) || (one.id < other.id ? -1 : 1));
    },
    values(entity, id) {
      const open = changes.listOpen([id]);
      const creation = open.find((change) => change.operation === 'create');
      const stored = creation ? findRecord(readable, entity, id) : mustFindRecord(readable, entity, id);
      if (stored) return { version: stored.version, values: stored.values, pendingValues: pendingValuesOf(stored.values, open) };
      return { version: 0, values: {}, pendingValues: pendingValuesOf({}, open) };
    },
  };
}

/** Open changes of the contract, of its amendments, and of those that are only wanted yet. */
function openOf(open: readonly ChangeView[], contract: StoredRecord, amendments: readonly StoredRecord[]): ChangeView[] {
  const wanted = open.filter((change) => change.entity === 'amendment' && change.operation === 'create' && wantedBy(change)['contract_id'] === contract.id);
  const ids = new Set([contract.id, ...amendments.map((amendment) => amendment.id), ...wanted.map((change) => change.entityId)]);
  return open.filter((change) => ids.has(change.entityId));
}

function wantedBy(change: ChangeView): RecordValues {
  return Object.fromEntries(fieldsInForce(change).map((field) => [field.column, field.to]));
}

/** Contracts that are wanted, whether they stand by now or not, with later edits of them. */
function wantedContracts(open: readonly ChangeView[]): StoredRecord[] {
  return open.filter((change) => change.entity === 'contract' && change.operation === 'create').map((change) => wantedRecordOf(open, 'contract', change.entityId)).filter((record) => record !== undefined);
}

/** A record that is only wanted yet, as version 0; undefined where nobody wants it. */
function wantedRecordOf(open: readonly ChangeView[], entity: 'partner' | 'contract', id: string): StoredRecord | undefined {
  const edits = open.filter((change) => change.entityId === id && change.operation !== 'delete');
  return edits.some((change) => change.operation === 'create') ? { id, version: 0, values: edits.reduce((values, change) => ({ ...values, ...wantedBy(change) }), withDefaults(entity, {})) } : undefined;
}

/** As the list's own question says it (contract-list.repository.ts). */
function fits(row: ContractRow, filter: ContractWindow['filter']): boolean {
  const text = filter?.text?.trim().toLowerCase();
  return (!filter?.partnerId || row.partnerId === filter.partnerId) && (!filter?.standing || row.standing === filter.standing) && (!text || row.partnerName.toLowerCase().includes(text) || row.apiKeyPrefix.toLowerCase().includes(text));
}

/** What would stand once everything on its way had arrived; what is parked goes nowhere, and what is in conflict may come to something else. */
function pendingValuesOf(values: RecordValues, changes: readonly ChangeView[]): RecordValues | null {
  const edits = changes.filter((change) => change.operation !== 'delete' && isArriving(change.state));
  return edits.length === 0 ? null : edits.reduce((standing, change) => ({ ...standing, ...wantedBy(change) }), values);
}

function rowOf(contract: StoredRecord, partner: StoredRecord, amendments: readonly StoredRecord[], open: readonly ChangeView[], today: string): ContractRow {
  const row = contractRowOf(contract, partner);
  const timeline = timelineOf(row, amendments.map(amendmentRowOf));
  const current = spanOn(timeline, today)?.row ?? row;
  const broken = timeline.filter((span) => span.row.effectiveTo === null || span.row.effectiveTo > today).map((span) => parseContractTerms(span.row)).find((parsed) => !parsed.isFine);
  return {
    id: contract.id, partnerId: row.partnerId === '' ? String(contract.values['partner_id']) : row.partnerId, partnerName: row.partnerName, apiKeyPrefix: row.apiKeyPrefix, pricingModel: current.pricingModel, currency: row.currency, summary: sentenceOf(current),
    standing: row.effectiveFrom > today ? 'to-come' : row.effectiveTo !== null && row.effectiveTo <= today ? 'ended' : 'in-force', effectiveFrom: row.effectiveFrom, effectiveTo: row.effectiveTo, amendments: amendments.length,
    version: contract.version, isWanted: contract.version === 0, openChanges: open.length, conflicts: open.filter((change) => change.state === 'conflict').length, problem: broken && !broken.isFine ? broken.problem.message : null,
  };
}

/** The terms in one sentence, or why they cannot be rated. */
function sentenceOf(row: PartnerContractRow): string {
  const parsed = parseContractTerms(row);
  return parsed.isFine ? describeTerms(parsed.terms) : parsed.problem.message;
}

/** The contract's own terms, its amendments, and amendments that are only wanted yet (version 0), in the order of their days. */
function timelineView(contract: StoredRecord, partner: StoredRecord, amendments: readonly StoredRecord[], open: readonly ChangeView[], known: KnownRecords): TermsInForce[] {
  const row = contractRowOf(contract, partner);
  // With its later edits: what is shown is what would stand.
  const wanted = open.filter((change) => change.entity === 'amendment' && change.operation === 'create').flatMap((change): StoredRecord[] => {
    const record = wantedRecord(open, 'amendment', change.entityId);
    return record ? [{ ...record, values: withDefaults('amendment', record.values) }] : [];
  });
  const later = [...amendments, ...wanted].sort((a, b) => (String(a.values['effective_from']) < String(b.values['effective_from']) ? -1 : 1));
  const entries = [{ entity: 'contract' as const, record: contract, terms: row }, ...later.map((record) => ({ entity: 'amendment' as const, record, terms: amendedRow(row, amendmentRowOf(record)) }))];
  return entries.map(({ entity, record, terms }, index) => ({
    entity, id: record.id, effectiveFrom: terms.effectiveFrom, effectiveTo: entries[index + 1]?.terms.effectiveFrom ?? row.effectiveTo, version: record.version, summary: sentenceOf(terms), values: record.values,
    problems: problemsOfRecord({ entity, id: record.id, values: record.values, standing: record.version === 0 ? null : record.values }, known),
    pendingValues: pendingValuesOf(record.values, open.filter((change) => change.entityId === record.id)),
  }));
}
