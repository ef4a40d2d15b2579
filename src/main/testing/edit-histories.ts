/**
 * Random histories of several people who edit the same few records at desks that are offline, lose replies, send twice, die while they write, have clocks apart, and decide
 * each other's conflicts: played on a real shared database. What must hold afterwards is asked by the test (sync/edit-histories.integration.test.ts).
 */
import { DaybookError, ProviderError, ValidationError } from '../../shared/errors/errors.ts';
import type { ChangeSet } from '../contracts/change-set.ts';
import { finalChangeStates, type FieldValue } from '../contracts/change-set.ts';
import type { Edit } from '../contracts/contract-changes.ports.ts';
import type { MergedEntity } from '../contracts/contract-fields.ts';
import { listKnownApprovals, listKnownConflicts, type KnownApproval, type KnownConflict } from '../contracts/known-changes.repository.ts';
import { findStandingRecord } from '../contracts/local-changes.repository.ts';
import type { Choice } from '../contracts/change-evaluation.ts';
import type { ChangeAnswer, SharedChanges } from '../contracts/shared-changes.ports.ts';
import type { UnitOfWork } from '../database/handles.ts';
import { openPostgres } from '../integrations/postgres/connection.ts';
import { createSharedChanges } from '../integrations/postgres/shared-changes.ts';
import { idFromKey, newId } from '../platform/ids.ts';
import type { EditHistory, Step } from './edit-history-steps.ts';
import { openDesk, type Desk, type SharedDatabase } from './shared-desks.ts';
import { judge } from './edit-verdicts.ts';

interface Faults {
  losesReply: boolean;
  neverArrives: boolean;
  /** Whoever asks next whether anybody is there hears no. */
  isCut: boolean;
  /** Transactions until the process dies; null: it lives. */
  writesLeft: number | null;
}

/** A process that is gone: whatever it was about to write was not written. */
class ProcessDied extends Error {}

const gone = (): ProviderError => new ProviderError('postgres-unreachable', 'The line was cut.', { provider: 'postgres', isRetryable: true });

/** Desks that are kept from one history to the next: a login, a file and a line take longer to make than a history to play. */
export interface Office extends AsyncDisposable {
  readonly world: SharedDatabase;
  readonly desks: readonly Desk[];
  readonly faults: readonly Faults[];
  /** Where the shared database and the rules here came to another end: none, if they are the same rules. */
  readonly differences: string[];
  /** Sent changes, so that one can be sent again out of turn. */
  readonly sent: ChangeSet[];
  skewsMs: readonly number[];
  /** Whether the rules here judge what is sent now: it costs some questions. */
  isJudged: boolean;
  /** An accountant who sits at none of the desks: decides where everybody at a desk had a part in an edit. */
  readonly outsider: SharedChanges;
  /** Empties the shared database and the desks, so that a long row of histories does not grow slower. */
  clear(): Promise<void>;
}

export async function openOffice(world: SharedDatabase, count: number, now: number): Promise<Office> {
  const faults = Array.from({ length: count }, (): Faults => ({ losesReply: false, neverArrives: false, isCut: false, writesLeft: null }));
  const desks: Desk[] = [];
  const outside = openPostgres({ url: await world.urlOf('outsider', 'accountant'), maximumConnections: 1 });
  const office: Office = {
    world, desks, faults, sent: [], differences: [], skewsMs: [], isJudged: true, outsider: createSharedChanges(outside, 'outside'),
    async [Symbol.asyncDispose]() {
      for (const one of desks) await one[Symbol.asyncDispose]();
      await outside.close();
    },
    async clear() {
      await world.clear();
      for (const { ledger } of desks) for (const table of ['partners', 'partner_contracts', 'contract_amendments', 'entity_versions', 'change_sets', 'change_conflicts', 'change_approvals', 'outbox_changes']) ledger.database.connection.exec(`DELETE FROM ${table}`);
    },
  };
  for (let index = 0; index < count; index += 1) {
    // One person sits at two desks: their own edits at the other one are somebody else's for a deletion.
    const person = `person${index === 4 ? 0 : index}`;
    const through = (shared: SharedChanges): SharedChanges => {
      /** The line's faults around a call. */
      const overLine = async <Answer>(changes: readonly ChangeSet[], call: () => Promise<Answer>): Promise<Answer> => {
        const fault = faults[index];
        if (fault?.neverArrives) {
          Object.assign(fault, { neverArrives: false, isCut: true });
          throw gone();
        }
        office.sent.push(...changes);
        const answer = await call();
        if (!fault?.losesReply) return answer;
        Object.assign(fault, { losesReply: false, isCut: true });
        throw gone();
      };
      const submitJudged = async (change: ChangeSet): Promise<ChangeAnswer> => {
        const expected = office.isJudged ? await judge(world.owner, change, { author: `${world.prefix}_${person}`, desk: `desk${index}` }) : null;
        const answer = await shared.submit(change);
        if (expected !== null && !expected.includes(answer.state)) office.differences.push(`${expected.join(' or ')} here, ${answer.state} (${answer.errorCode ?? ''}) there: ${JSON.stringify(change)}`);
        return answer;
      };
      return {
        ...shared,
        submit: (change) => overLine([change], () => submitJudged(change)),
        // Each is judged by what stands when its turn comes.
        submitAll: (changes) => (office.isJudged ? Promise.reject(new ValidationError('change-invalid', 'One by one.')) : overLine(changes, () => shared.submitAll(changes))),
        async isReached() {
          const isReached = !faults[index]?.isCut;
          Object.assign(faults[index] ?? {}, { isCut: false });
          return isReached;
        },
      };
    };
    const writing = (unitOfWork: UnitOfWork): UnitOfWork => ({
      run(name, work) {
        const fault = faults[index];
        if (!fault || fault.writesLeft === null) return unitOfWork.run(name, work);
        if (fault.writesLeft === 0) throw new ProcessDied(name);
        fault.writesLeft -= 1;
        return unitOfWork.run(name, work);
      },
    });
    // One desk reads by few rows, so that it dies between two pages too.
    const paging = index === 1 ? { pageSize: 4 } : {};
    desks.push(openDesk({ person, url: await world.urlOf(person, 'admin'), clock: { now: () => now + (office.skewsMs[index] ?? 0) }, through, writing, desk: `desk${index}`, ...paging }));
  }
  return office;
}

export interface Played {
  readonly records: readonly { readonly entity: MergedEntity; readonly id: string }[];
  /** Every change anybody made, as it was put into the outbox. */
  readonly made: readonly { readonly desk: number; readonly id: string }[];
}

const columnsOf: Readonly<Record<MergedEntity, readonly string[]>> = {
  partner: ['name', 'legal_name', 'tax_number', 'billing_email', 'tax_treatment'], contract: ['flat_fee_minor', 'per_deed_price', 'purchase_order_number', 'payment_terms_days', 'further_prefixes'],
  amendment: ['flat_fee_minor', 'per_deed_price', 'effective_from', 'payment_terms_days', 'terms'],
};

/** Few values for each column, so that people wish for the same ones. */
function valueFor(column: string, value: number, run: string): FieldValue {
  switch (column) {
    case 'flat_fee_minor':
      return 10_000 + value * 5_000;
    case 'per_deed_price':
      return `${1 + (value % 3)}.5`;
    case 'payment_terms_days':
      return 7 * (value % 4);
    case 'tax_treatment':
      return value % 2 === 0 ? 'standard' : 'exempt';
    case 'billing_email':
      return value % 3 === 0 ? null : `ap${value % 3}@a.example`;
    case 'effective_from':
      return `2026-0${3 + (value % 3)}-01`;
    case 'further_prefixes':
      return value % 3 === 0 ? [] : [`${run}_f${value % 3}`];
    case 'name':
      return `Name ${value % 4}`;
    default:
      return value % 4 === 0 ? null : `${column} ${value % 4}`;
  }
}

/** Plays a history: two records that everybody knows, then what the steps say; at the end everybody meets until nothing is open. */
export async function playHistory(office: Office, history: EditHistory, runNumber: number): Promise<Played> {
  const run = `run_${runNumber}`;
  const { owner } = office.world;
  office.skewsMs = history.skewsMs;
  office.sent.length = 0;
  const desks = office.desks.slice(0, history.desks);
  const [partnerId, contractId] = [idFromKey(`${run}/partner`), idFromKey(`${run}/contract`)];
  await owner.query('UPDATE daybook.ledger SET price_changes_need_approval = $1', [history.fourEyes]);
  await owner.query("INSERT INTO daybook.partners (id, name) VALUES ($1, 'Name 0')", [partnerId]);
  await owner.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, per_deed_price, currency, effective_from) VALUES ($1, $2, $3, 'hybrid', 10000, 2.50, 'usd', '2026-01-01')", [contractId, partnerId, run]);
  const game = new Game(office, desks, run, partnerId, contractId);
  for (const one of desks) await one.exchange();
  for (const next of history.steps) await game.play(next);
  await game.settle();
  return { records: game.records, made: game.made };
}

class Game {
  readonly records: { entity: MergedEntity; id: string }[];
  readonly made: { desk: number; id: string }[] = [];
  readonly #office: Office;
  readonly #desks: readonly Desk[];
  readonly #run: string;
  readonly #partnerId: string;
  readonly #contractId: string;

  constructor(office: Office, desks: readonly Desk[], run: string, partnerId: string, contractId: string) {
    this.#office = office;
    this.#desks = desks;
    this.#run = run;
    this.#partnerId = partnerId;
    this.#contractId = contractId;
    this.records = [{ entity: 'partner', id: partnerId }, { entity: 'contract', id: contractId }];
  }

  async play(next: Step): Promise<unknown> {
    const index = next.desk % this.#desks.length;
    const at = this.#desks[index];
    const fault = this.#office.faults[index];
    if (!at || !fault) return;
    switch (next.kind) {
      case 'edit':
        return this.#edit(index, next);
      case 'create':
        return this.#create(index, next);
      case 'delete': {
        const record = this.#pick(at, next.record);
        if (record && record.entity !== 'partner') this.#submit(index, { ...record, operation: 'delete', baseVersion: record.version, values: {} });
        return;
      }
      case 'lose-reply':
        fault.losesReply = true;
        return;
      case 'never-arrive':
        fault.neverArrives = true;
        return;
      case 'send-twice': {
        const again = this.#office.sent.filter((change) => this.made.some((one) => one.desk === index && one.id === change.id)).at(0);
        if (again) await quietly(() => at.shared.submit(again));
        return;
      }
      case 'send':
        return quietly(() => at.sending.sendPending({ signal: new AbortController().signal, report() {} }));
      case 'pull':
        return quietly(() => at.sync.pull({ signal: new AbortController().signal, report() {} }));
      case 'sync':
        return quietly(() => at.exchange());
      case 'crash':
        fault.writesLeft = next.after;
        await quietly(() => at.exchange());
        fault.writesLeft = null;
        return;
      case 'resolve': {
        const open = this.#openConflicts(at);
        const conflict = open[next.pick % Math.max(1, open.length)];
        return conflict && quietly(() => at.shared.resolve(conflict.id, choicesFor(conflict, next.value, this.#run), 'as agreed', newId()));
      }
      case 'decide': {
        const open = listKnownApprovals(at.ledger.database, 'requested', everything).rows.filter((row) => this.#isOurs(row.changeId));
        const approval = open[next.pick % Math.max(1, open.length)];
        return approval && quietly(() => at.shared.decide(approval.id, next.value % 4 === 0 ? 'reject' : 'approve', '', newId()));
      }
      case 'withdraw': {
        const own = this.made.filter((one) => one.desk === index);
        const change = own[next.pick % Math.max(1, own.length)];
        return change && quietly(() => this.#withdraw(at, change.id));
      }
    }
  }

  /** Everybody meets until nothing waits, clashes or is undecided; what stays refused is taken back. */
  async settle(): Promise<void> {
    for (const fault of this.#office.faults) Object.assign(fault, { losesReply: false, neverArrives: false, isCut: false, writesLeft: null });
    for (let round = 0; round < 60; round += 1) {
      const refusals = new Map<string, { readonly approval: KnownApproval; desks: number }>();
      for (const [index, one] of this.#desks.entries()) {
        one.ledger.database.connection.exec('UPDATE outbox_changes SET next_attempt_at = NULL WHERE next_attempt_at IS NOT NULL');
        await quietly(() => one.exchange()); // on a busy machine a connection may come too late: then it is the next round's
        for (const { id } of this.made.filter((made) => made.desk === index)) if (one.changes.find(id).state === 'parked') await quietly(() => this.#withdraw(one, id));
        for (const conflict of this.#openConflicts(one)) await quietly(() => one.shared.resolve(conflict.id, choicesFor(conflict, round, this.#run), 'as agreed', newId()));
        for (const approval of listKnownApprovals(one.ledger.database, 'requested', everything).rows.filter((row) => this.#isOurs(row.changeId))) {
          const refusal = await quietly(() => one.shared.decide(approval.id, round % 3 === 2 ? 'reject' : 'approve', '', newId()));
          if (refusal?.code === 'second-person-needed') refusals.set(approval.id, { approval, desks: (refusals.get(approval.id)?.desks ?? 0) + 1 });
        }
      }
      for (const { approval, desks } of refusals.values()) if (desks === this.#desks.length) await this.#endStalemate(approval, round);
      const isSettled = this.made.every(({ desk: index, id }) => finalChangeStates.has(this.#desks[index]?.changes.find(id).state ?? 'pending'));
      if (!isSettled) continue;
      return this.#hearOfEverything();
    }
    throw new Error(`Nothing settles: ${JSON.stringify(this.made.map(({ desk: index, id }) => this.#desks[index]?.changes.find(id)).filter((change) => change && !finalChangeStates.has(change.state)))}`);
  }

  /** One asked, the others chose values: everybody at a desk had a part in it. Somebody from outside decides, or its author takes it back. */
  async #endStalemate({ id, changeId }: KnownApproval, round: number): Promise<void> {
    const made = this.made.find((one) => one.id === changeId);
    const author = made && this.#desks[made.desk];
    if (author && round % 2 === 1) await quietly(() => this.#withdraw(author, changeId));
    else await quietly(() => this.#office.outsider.decide(id, round % 3 === 2 ? 'reject' : 'approve', '', newId()));
  }

  /** Whoever still writes on that server, in another database too, holds the feed back for as long: it is read until it has come past what is written here. */
  async #hearOfEverything(): Promise<void> {
    const { rows } = await this.#office.world.owner.query<{ written: string }>('SELECT pg_current_xact_id()::text AS written');
    const written = BigInt(rows[0]?.written ?? 0);
    for (const one of this.#desks) {
      for (;;) {
        const { readBelow } = await one.sync.pull({ signal: new AbortController().signal, report() {} });
        if (BigInt(readBelow) > written) break;
      }
    }
  }

  #isOurs(changeId: string): boolean {
    return this.made.some((one) => one.id === changeId);
  }

  #openConflicts(at: Desk): KnownConflict[] {
    return listKnownConflicts(at.ledger.database, 'open', everything).rows.filter((row) => this.#isOurs(row.changeId));
  }

  async #withdraw(at: Desk, id: string): Promise<void> {
    if (at.changes.withdrawHere(id, 'thought again', { actor: at.person })) return;
    try {
      at.changes.takeAnswer(id, await at.shared.withdraw(id, 'thought again', newId()));
    } catch (error) {
      if (!(error instanceof DaybookError) || error.code !== 'change-not-found') throw error;
      at.changes.takeAnswer(id, { state: 'withdrawn', resultVersion: null, conflictId: null, approvalId: null, errorCode: null, errorMessage: null });
    }
  }

  #pick(at: Desk, record: number): { entity: MergedEntity; entityId: string; version: number } | null {
    const known = this.records.flatMap(({ entity, id }) => {
      const standing = findStandingRecord(at.ledger.database, entity, id);
      return standing ? [{ entity, entityId: id, version: standing.version }] : [];
    });
    return known[record % Math.max(1, known.length)] ?? null;
  }

  #edit(index: number, { record, columns, value }: Extract<Step, { kind: 'edit' }>): void {
    const at = this.#desks[index];
    const target = at && this.#pick(at, record);
    if (!target) return;
    const values = Object.fromEntries(columns.map((column): [string, FieldValue] => {
      const name = columnsOf[target.entity][column] ?? 'name';
      return [name, valueFor(name, value, this.#run)];
    }));
    this.#submit(index, { entity: target.entity, entityId: target.entityId, operation: 'update', baseVersion: target.version, values });
  }

  #create(index: number, { what, value }: Extract<Step, { kind: 'create' }>): void {
    const entityId = newId();
    const terms = { pricing_model: 'flat', flat_fee_minor: valueFor('flat_fee_minor', value, this.#run) };
    const values: Readonly<Record<string, FieldValue>> =
      what === 'partner' ? { name: valueFor('name', value, this.#run) }
      : what === 'contract' ? { ...terms, partner_id: this.#partnerId, api_key_prefix: `${this.#run}_${value % 2}`, currency: 'usd', effective_from: '2026-01-01' }
      : { ...terms, contract_id: this.#contractId, effective_from: valueFor('effective_from', value, this.#run) };
    if (this.#submit(index, { entity: what, entityId, operation: 'create', baseVersion: 0, values })) this.records.push({ entity: what, id: entityId });
  }

  #submit(index: number, edit: Omit<Edit, 'reason'>): boolean {
    const at = this.#desks[index];
    try {
      const change = at?.changes.submit({ ...edit, reason: 'agreed by mail' }, { actor: at.person });
      if (change) this.made.push({ desk: index, id: change.id });
      return true;
    } catch (error) {
      if (error instanceof DaybookError && error.code === 'change-empty') return false;
      throw error;
    }
  }
}

const everything = { startAt: 0, limit: 500, direction: 'ascending' } as const;

function choicesFor(conflict: KnownConflict, value: number, run: string): Record<string, Choice> {
  return Object.fromEntries(
    conflict.fields.map(({ column }, place): [string, Choice] => {
      const wanted = (value + place) % 3;
      return [column, wanted === 0 || column === 'deleted' ? { keep: wanted === 1 ? 'mine' : 'theirs' } : wanted === 1 ? { keep: 'mine' } : { keep: 'other', value: valueFor(column, value + 1, run) }];
    }),
  );
}

/** What goes wrong at the edge of a history is part of it: a line that is cut, a second person who is needed, somebody who was faster. @returns what was refused. */
async function quietly(work: () => Promise<unknown>): Promise<DaybookError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof ProcessDied) return null;
    if (!(error instanceof DaybookError) || error.kind === 'invariant' || error.code === 'postgres-error') throw error;
    return error;
  }
}
