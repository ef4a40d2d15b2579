/** A desk that worked alone joins an empty shared ledger (domain.md §1, docs/adr/0019): its whole services on real files and a real PostgreSQL, stopped at every point there is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, withClient, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { ProviderError } from '../../shared/errors/errors.ts';
import type { FieldValue } from '../contracts/change-set.ts';
import type { MergedEntity } from '../contracts/contract-fields.ts';
import { sql } from '../database/handles.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { createSharedRecordJoins } from '../integrations/postgres/shared-record-joins.ts';
import { loadConfig, type Config } from '../platform/config.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createPostgresSync } from '../sync/postgres-sync.ts';
import { createRecordJoining } from '../sync/record-joining.ts';
import type { SharedRecordJoins } from '../sync/record-joining.ports.ts';
import { keepLedgerSetting } from '../sync/shared-records.repository.ts';
import { saleOn } from '../testing/sealing-desk.ts';
import { makeSharedDatabase, seedContract, type SharedDatabase } from '../testing/shared-desks.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { checkPostgres } from './doctor.ts';
import { composeJobServicesOf } from './job-services.ts';
import { composeServices, joinWith, type Services } from './services.ts';

const clock = fixedClock(Date.UTC(2026, 10, 18, 14, 14));
const desk = 'desk-of-amara';
let server: RunningPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const configOf = (ledger: TemporaryDatabase, postgresUrl: string | null): Config => ({ ...loadConfig({ dataFolder: ledger.folder, env: {} }), postgresUrl, reportingTimeZone: 'America/New_York', functionalCurrency: 'usd', user: 'amara' });

/** The services of a desk, alone or with a shared database's address. */
async function withServices<Result>(ledger: TemporaryDatabase, postgresUrl: string | null, work: (services: Services) => Promise<Result>): Promise<Result> {
  const services = composeServices({ database: ledger.database, dataFolder: ledger.folder, config: configOf(ledger, postgresUrl), clock, logger: silentLogger, version: '0.1.0', desk });
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

const identity = { gateway: 'stripe', gateway_account: 'acct_1', mode: 'test', functional_currency: 'usd', reporting_time_zone: 'America/New_York' };
const [titlesure, gone, contract, second, amendment] = Array.from({ length: 5 }, (_, index) => `00000000-0000-4000-8000-0000000000a${index}`) as [string, string, string, string, string];

/** Partners, contracts and an amendment with their edits: settled, merged, refused and one in conflict; two invoices, one void; entries, and months closed by one person. */
async function openOwnDesk(): Promise<TemporaryDatabase> {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.unitOfWork.run('identity', (writable) => {
    for (const [name, value] of Object.entries(identity)) keepLedgerSetting(writable, name, value, 1);
  });
  await withServices(ledger, null, async (services) => {
    const { changes } = services.contractChanges;
    const edit = (entity: MergedEntity, entityId: string, operation: 'create' | 'update' | 'delete', baseVersion: number, values: Record<string, FieldValue>, actor = 'amara') =>
      changes.submit({ entity, entityId, operation, baseVersion, values, reason: `${operation} as agreed` }, { actor }).state;
    const terms = { partner_id: titlesure, pricing_model: 'hybrid', flat_fee_minor: 10_000, per_deed_price: '2.5', currency: 'usd', effective_from: '2026-01-01' };
    const states = [
      edit('partner', titlesure, 'create', 0, { name: 'Titlesure', billing_email: 'ap@titlesure.example', billing_address: { line1: '1 Main St', city: 'Utica' } }),
      edit('partner', gone, 'create', 0, { name: 'Gone before' }), edit('partner', gone, 'delete', 1, {}),
      edit('contract', contract, 'create', 0, { ...terms, api_key_prefix: 'dp_pk_TSG', further_prefixes: ['dp_pk_TSH'] }),
      edit('contract', second, 'create', 0, { ...terms, api_key_prefix: 'dp_pk_TSX', pricing_model: 'flat', per_deed_price: null }),
      edit('amendment', amendment, 'create', 0, { contract_id: contract, effective_from: '2026-06-01', pricing_model: 'per_deed', per_deed_price: '3.25', tiers: { mode: 'graduated', tiers: [{ upTo: 100, unitPrice: '3.25' }, { upTo: null, unitPrice: '2' }] } }),
      edit('contract', contract, 'update', 1, { flat_fee_minor: 20_000 }),
      edit('contract', contract, 'update', 1, { purchase_order_number: 'PO-1' }, 'ben'),
      edit('contract', contract, 'update', 1, { flat_fee_minor: 30_000 }, 'ben'),
      edit('contract', newId(), 'create', 0, { ...terms, api_key_prefix: 'dp_pk_TSG' }),
    ];
    expect(states).toEqual(['applied', 'applied', 'applied', 'applied', 'applied', 'applied', 'applied', 'merged', 'conflict', 'parked']);
    database.unitOfWork.run('post', (writable) => services.journal.post(writable, [saleOn('2026-09-05', 'a', 100), saleOn('2026-10-05', 'b', 250)]));
    const run = await services.invoicing.run({ period: '2026-10', finalise: true, control: unattended, actor: 'amara' });
    expect(run.failed).toEqual([]);
  });
  return ledger;
}

const on = localDate('2026-11-18');
const receiptAt = ({ receivables }: Services) => receivables.recordReceipt({ on, amountMinor: 1_000, currency: 'usd', partyId: titlesure, bankReference: 'TRF 1', allocations: [] }, { actor: 'amara' });

const tables = ['partners', 'partner_contracts', 'contract_amendments', 'entity_versions', 'change_sets', 'change_conflicts', 'outbox_changes', 'invoices', 'document_series', 'journal_entries', 'postings', 'period_log'] as const;
/** Everything the desk owns, JSON by its value and not by its spelling. */
function recordsOf(ledger: TemporaryDatabase): Record<string, unknown[]> {
  const plain = (value: unknown): unknown => {
    if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
    return sorted(JSON.parse(value));
  };
  return Object.fromEntries(tables.map((table) => [table, ledger.database.all<Record<string, unknown>>(sql('test.all', `SELECT * FROM ${table}`)).map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))]));
}
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}
/** What was open is the joining person's from then on. */
const withOpenEditsOf = (records: Record<string, unknown[]>, person: string): Record<string, unknown[]> => ({
  ...records,
  change_sets: (records['change_sets'] as { state: string; author: string; four_eyes: string | null }[]).map((row) => ({
    ...row, author: ['conflict', 'refused'].includes(row.state) ? person : row.author, four_eyes: ['applied', 'merged'].includes(row.state) ? 'off' : null,
  })).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
});

const joinAs = (ledger: TemporaryDatabase, url: string, control = unattended) =>
  withServices(ledger, url, async (services) => (await composeJobServicesOf(services, clock, () => 'amara', () => false).syncPostgres?.(control)) as { brought: Record<string, number> | null });
const countThere = async (world: SharedDatabase, table: string): Promise<number> => Number((await world.owner.query<{ n: string }>(`SELECT count(*) AS n FROM daybook.${table}`)).rows[0]?.n);

describe('a desk of its own joins an empty shared ledger', () => {
  test('with every record, version and edit: here as it was, there the same, and for the next desk too', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const before = recordsOf(ledger);
    const person = `${world.prefix}_ada`;
    expect((await checkPostgres(configOf(ledger, await world.urlOf('ada', 'admin')), '0.1.0', ledger.database)).at(-1)).toMatchObject({ name: 'Joining', isFine: true, message: expect.stringContaining('2 partners, 2 contracts, 1 amendment, ') });
    const { brought } = await joinAs(ledger, await world.urlOf('ada', 'admin'));
    expect(brought).toEqual({ partner: 2, contract: 2, amendment: 1, entity_version: before['entity_versions']?.length, change_set: 10, change_conflict: 1, invoice: before['invoices']?.length });
    expect(recordsOf(ledger)).toEqual(withOpenEditsOf(before, person));
    expect((await world.owner.query("SELECT diff -> 'counts' ->> 'contract' AS contracts, actor FROM daybook.audit_log WHERE action = 'join-records'")).rows).toEqual([{ contracts: '2', actor: person }]);
    expect(await countThere(world, 'ledger_join_pages')).toBe(0);

    using other = openTemporaryDatabase();
    await joinAs(other, await world.urlOf('ben', 'finance'));
    const { outbox_changes: _, document_series: __, invoices: theirs, ...rest } = recordsOf(other);
    const { outbox_changes: ___, document_series: ____, invoices: ours, ...expected } = withOpenEditsOf(before, person);
    expect(rest).toEqual(expected);
    const withoutPlace = (rows: unknown[]) => rows.map((row) => ({ ...(row as object), pdf_location: null }));
    expect(withoutPlace(theirs ?? [])).toEqual(withoutPlace(ours ?? []));

    // Again: nothing is left to bring.
    expect((await joinAs(ledger, await world.urlOf('ada', 'admin'))).brought).toBeNull();
    expect(recordsOf(ledger)).toEqual(withOpenEditsOf(before, person));
  });
});

const isJoined = (ledger: TemporaryDatabase): boolean => ledger.database.get(sql('test.joined', "SELECT 1 FROM ledger_settings WHERE name = 'shared_ledger_id'")) !== undefined;
const lost = (): ProviderError => new ProviderError('postgres-unreachable', 'The line broke.', { provider: 'postgres', isRetryable: true });

/** Joins through a line that breaks where `breaks` says so: before what is named is sent, or after it was done and before its answer comes. */
const joinThrough = (ledger: TemporaryDatabase, url: string, breaks: (step: string, when: 'before' | 'after') => boolean) =>
  withServices(ledger, url, async ({ postgres, sharedSealing, documentNumbers }) => {
    if (!postgres || !sharedSealing) throw new Error('no shared database');
    const over = async <Result>(step: string, work: () => Promise<Result>): Promise<Result> => {
      if (breaks(step, 'before')) throw lost();
      const result = await work();
      if (breaks(step, 'after')) throw lost();
      return result;
    };
    const direct = createSharedRecordJoins(postgres, desk);
    const shared: SharedRecordJoins = {
      isOpen: () => direct.isOpen(), begin: (...given) => over('begin', () => direct.begin(...given)), stage: (joinId, part, page, rows) => over(`stage ${part} ${page}`, () => direct.stage(joinId, part, page, rows)), finish: (...given) => over('finish', () => direct.finish(...given)),
    };
    const sealing = { assertJoinable: () => sharedSealing.assertJoinable(), bring: (control: typeof unattended) => over('bring', () => sharedSealing.bring(control)) };
    const records = createRecordJoining({ readable: ledger.database, shared, desk, newId, pageSize: 3 });
    return createPostgresSync({ source: createSharedLedgerSource(postgres), readable: ledger.database, unitOfWork: ledger.database.unitOfWork, clock, clientVersion: '0.1.0', beforeJoin: joinWith(sealing, records, documentNumbers) }).join(unattended);
  });

describe('a join that is stopped', () => {
  test.each(['before', 'after'] as const)('%s any of its steps goes on where it was; until it is whole nobody sees any of it, and the desk is what it was', async (when) => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const before = recordsOf(ledger);
    const url = await world.urlOf('ada', 'admin');
    const broken: string[] = [];
    const once = (step: string, at: 'before' | 'after'): boolean => at === when && !broken.includes(step) && broken.push(step) > 0;
    let attempts = 0;
    while (!isJoined(ledger)) {
      attempts += 1;
      expect(attempts).toBeLessThan(40);
      const outcome = await joinThrough(ledger, url, once).then(() => 'joined', (error: unknown) => (error as ProviderError).code);
      if (outcome === 'joined') break;
      expect([outcome, isJoined(ledger)]).toEqual(['postgres-unreachable', false]);
      expect(recordsOf(ledger)).toEqual(before);
      const isTakenOver = broken.at(-1) === 'finish' && when === 'after';
      for (const table of ['partners', 'api_partner_contracts', 'change_sets', 'invoices']) expect([table, (await countThere(world, table)) > 0]).toEqual([table, isTakenOver]);
    }
    expect(broken).toEqual(expect.arrayContaining(['begin', 'stage partner 0', 'stage entity_version 1', 'stage change_set 3', 'stage change_conflict 0', 'stage invoice 0', 'bring', 'finish']));
    expect(attempts).toBe(broken.length + 1);
    await joinAs(ledger, url);
    expect(recordsOf(ledger)).toEqual(withOpenEditsOf(before, `${world.prefix}_ada`));
  });

  test('and whose desk was worked at meanwhile begins anew, and brings that too', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const url = await world.urlOf('ada', 'admin');
    await expect(joinThrough(ledger, url, (step, when) => step === 'stage invoice 0' && when === 'after')).rejects.toMatchObject({ code: 'postgres-unreachable' });
    expect(await countThere(world, 'ledger_join_pages')).toBeGreaterThan(5);
    // As many records as before, and one of them says something else.
    await withServices(ledger, null, async ({ contractChanges: { changes }, changeDecisions }) => {
      const parked = changes.list({ state: 'parked' }, { startAt: 0, limit: 10, order: 'createdAt/descending' }).rows[0];
      await changeDecisions.withdraw(parked!.id, 'not wanted any more', { actor: 'amara', requestId: newId() });
    });
    const before = recordsOf(ledger);
    await joinThrough(ledger, url, () => false);
    await joinAs(ledger, url);
    expect(recordsOf(ledger)).toEqual(withOpenEditsOf(before, `${world.prefix}_ada`));
    expect((await world.owner.query("SELECT state FROM daybook.change_sets WHERE state IN ('withdrawn', 'refused')")).rows).toEqual([{ state: 'withdrawn' }]);
    expect(await countThere(world, 'ledger_joins')).toBe(1);
  });
});

describe('a desk that is worked at while it joins', () => {
  const legalName = (services: Services) => services.contractChanges.changes.submit({ entity: 'partner', entityId: titlesure, operation: 'update', baseVersion: 1, values: { legal_name: 'Titlesure Inc' }, reason: 'meanwhile' }, { actor: 'amara' });

  test('decides nothing by itself any more: an edit waits and goes there afterwards, nothing gets a number here', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const url = await world.urlOf('ada', 'admin');
    // The window was opened before there was an address; a job of it joins.
    await withServices(ledger, null, async (window) => {
      await expect(joinThrough(ledger, url, (step, when) => step === 'finish' && when === 'after')).rejects.toMatchObject({ code: 'postgres-unreachable' });
      const { id, state } = legalName(window);
      expect(state).toBe('pending');
      await expect(window.invoicing.run({ period: '2026-09', finalise: false, control: unattended, actor: 'amara' })).resolves.toMatchObject({ failed: expect.arrayContaining([expect.objectContaining({ code: 'postgres-not-connected' })]) });
      const onlyAlone = async () => {
        await expect(receiptAt(window)).rejects.toMatchObject({ code: 'postgres-not-connected' });
        await expect(window.receivables.setWriteOffLimit(5_000, { actor: 'amara' })).rejects.toMatchObject({ code: 'postgres-not-connected' });
        await expect(window.documentNumbers.numbers.lease({ blockId: newId(), series: 'CN', year: 2026, count: 5, days: 7, actor: 'amara' })).rejects.toMatchObject({ code: 'postgres-not-connected' });
        await expect(window.documentNumbers.numbers.allocate({ series: 'CN', issueDate: on, documentId: newId(), actor: 'amara' })).rejects.toMatchObject({ code: 'postgres-not-connected' });
      };
      await onlyAlone();
      await joinAs(ledger, url);
      await onlyAlone();
      expect(window.contractChanges.changes.find(id).state).toBe('applied');
    });
    expect((await world.owner.query('SELECT legal_name, version FROM daybook.partners WHERE id = $1', [titlesure])).rows).toEqual([{ legal_name: 'Titlesure Inc', version: 2 }]);
  });

  test('and gives the join up: what had only begun is forgotten and what waited is decided here; what may be there already is waited for', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const url = await world.urlOf('ada', 'admin');
    await expect(joinThrough(ledger, url, (step, when) => step === 'stage partner 0' && when === 'after')).rejects.toMatchObject({ code: 'postgres-unreachable' });
    const id = await withServices(ledger, url, async (services) => legalName(services).id);
    await withServices(ledger, null, async (services) => expect(services.contractChanges.changes.find(id).state).toBe('applied'));
    await expect(joinThrough(ledger, url, (step, when) => step === 'bring' && when === 'after')).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await withServices(ledger, null, async (services) => expect(services.contractChanges.changes.submit({ entity: 'partner', entityId: titlesure, operation: 'update', baseVersion: 2, values: { tax_number: 'NY-1' }, reason: 'waits' }, { actor: 'amara' }).state).toBe('pending'));
    await joinThrough(ledger, url, () => false);
    await joinAs(ledger, url);
    expect((await world.owner.query('SELECT legal_name, tax_number FROM daybook.partners WHERE id = $1', [titlesure])).rows).toEqual([{ legal_name: 'Titlesure Inc', tax_number: 'NY-1' }]);
    expect(ledger.database.all(sql('test.marks', "SELECT name FROM ledger_settings WHERE name IN ('joining_shared_ledger', 'handed_over_to')"))).toEqual([]);
  });
});

describe('what was open goes on in the shared ledger', () => {
  test('the conflict is resolved there, the refused edit sent again, and neither approved by who brought them', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const url = await world.urlOf('ada', 'admin');
    await joinAs(ledger, url);
    await withServices(ledger, url, async (services) => {
      const { contractChanges: { changes }, changeDecisions: decisions } = services;
      const act = { actor: `${world.prefix}_ada`, requestId: newId() };
      const [conflict] = decisions.listConflicts('open', { startAt: 0, limit: 10, direction: 'ascending' }).rows;
      await decisions.resolve(conflict!.id, { flat_fee_minor: { keep: 'mine' } }, 'ben was right', act);
      const [approval] = decisions.listApprovals('requested', { startAt: 0, limit: 10, direction: 'ascending' }, act.actor).rows;
      expect(approval).toMatchObject({ requestedBy: act.actor, isDecidable: false });
      await expect(decisions.decide(approval!.id, 'approve', '', act)).rejects.toMatchObject({ code: 'second-person-needed' });
      const parked = changes.list({ state: 'parked' }, { startAt: 0, limit: 10, order: 'createdAt/descending' }).rows[0];
      changes.retry(parked!.id, act);
      await services.contractChanges.exchange(unattended);
      expect(changes.find(parked!.id)).toMatchObject({ state: 'parked', problem: { code: 'prefix-taken' } }); // looked at again, there
      await withClient(await world.urlOf('ben', 'accountant'), (client) => client.query("SELECT daybook.decide_change($1, 'approve', '', NULL)", [approval!.id]));
      await services.contractChanges.exchange(unattended);
      expect((await world.owner.query('SELECT flat_fee_minor::int AS fee, version FROM daybook.api_partner_contracts WHERE id = $1', [contract])).rows).toEqual([{ fee: 30_000, version: 4 }]);
    });
  });
});

describe('a join is refused, and the desk stays what it was', () => {
  const refused = async (world: SharedDatabase, ledger: TemporaryDatabase, url: string, code: string) => {
    const before = recordsOf(ledger);
    // Settings says the same before an address is kept.
    expect((await checkPostgres(configOf(ledger, url), '0.1.0', ledger.database)).at(-1)).toMatchObject({ name: 'Joining', isFine: false, message: expect.stringContaining(`(${code})`), nextStep: expect.stringMatching(/./) });
    await expect(joinAs(ledger, url)).rejects.toMatchObject({ code, nextStep: expect.stringMatching(/./) });
    expect(ledger.database.get(sql('test.mark', "SELECT 1 FROM ledger_settings WHERE name IN ('joining_shared_ledger', 'handed_over_to')"))).toBeUndefined();
    expect([recordsOf(ledger), isJoined(ledger), await countThere(world, 'ledger_join_pages')]).toEqual([before, false, 0]);
  };

  test('where the shared ledger holds something of its own', async () => {
    await using world = await makeSharedDatabase(server);
    await seedContract(world.owner);
    using ledger = await openOwnDesk();
    await refused(world, ledger, await world.urlOf('ada', 'admin'), 'shared-ledger-not-empty');
    expect(await countThere(world, 'journal_entries')).toBe(0);
  });

  test('where it is one of another account, mode, currency or time zone: not even a difference or an edit that waits is sent there', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    ledger.database.unitOfWork.run('wait', (writable) => {
      writable.run(sql('test.difference', "INSERT INTO discrepancies (id, level, reason, object_id, status, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, local_revision) VALUES (?, 'drift', 'missing-here', 'ch_1', 'open', 'usd', 1, '2026-10-01', '{}', 1, 1, 1)"), [newId()]);
      writable.run(sql('test.waiting', "INSERT INTO outbox_changes (id, entity, entity_id, operation, base_version, fields, reason, author, created_at, state) VALUES (?, 'partner', ?, 'create', 0, ?, 'waits', 'amara', 1, 'pending')"), [newId(), newId(), JSON.stringify({ name: { from: null, to: 'Waits' } })]);
    });
    const url = await world.urlOf('ada', 'admin');
    for (const [setting, value] of [['gateway_account', 'acct_2'], ['mode', 'live'], ['functional_currency', 'eur'], ['reporting_time_zone', 'Europe/Berlin']] as const) {
      await world.owner.query(`UPDATE daybook.ledger SET ${setting} = $1`, [value]);
      await refused(world, ledger, url, 'shared-ledger-mismatch');
      await withServices(ledger, url, (services) => services.contractChanges.sendNow(true));
      for (const table of ['discrepancies', 'change_sets', 'journal_entries', 'ledger_joins']) expect([setting, table, await countThere(world, table)]).toEqual([setting, table, 0]);
      await world.owner.query(`UPDATE daybook.ledger SET ${setting} = $1`, [identity[setting]]);
    }
    // The same desk and the right ledger: what waited goes there as well.
    await joinAs(ledger, url);
    expect([await countThere(world, 'discrepancies'), (await world.owner.query("SELECT 1 FROM daybook.partners WHERE name = 'Waits'")).rowCount]).toEqual([1, 1]);
  });

  test('where it would leave payments, credits, edited drafts or open e-mails behind; drafts and e-mails that were settled are no hindrance', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const url = await world.urlOf('ada', 'admin');
    const write = (text: string, values: (string | number)[] = []) => ledger.database.unitOfWork.run('test.write', (writable) => void writable.run(sql('test.own', text), values));
    const said = async (message: string) => {
      await refused(world, ledger, url, 'join-not-carried');
      await expect(joinAs(ledger, url)).rejects.toMatchObject({ message: expect.stringContaining(message) });
      expect([await countThere(world, 'journal_entries'), await countThere(world, 'ledger_joins')]).toEqual([0, 0]);
    };
    write("UPDATE invoices SET status = 'draft', draft_edits = '{}' WHERE id = (SELECT min(id) FROM invoices)");
    await said('1 edited draft of an invoice.');
    write("UPDATE invoices SET status = 'finalised' WHERE draft_edits IS NOT NULL");
    write(
      `INSERT INTO mail_outbox (id, invoice_id, invoice_number, sequence, state, recipients, subject, body, language, attachment_name, totals_fingerprint, message_id, queued_by, queued_at, events, version)
       SELECT ?, id, invoice_number, 1, 'in-doubt', '[]', 's', 'b', 'en', 'a.pdf', 'f', 'm', 'amara', 1, '[]', 1 FROM invoices LIMIT 1`, [newId()],
    );
    await said('1 e-mail that is not settled.');
    write("UPDATE mail_outbox SET state = 'cancelled'");
    write("INSERT INTO customer_credits (id, account, amount_minor, remaining_minor, currency, reason, created_by, created_at, version) VALUES (?, ?, 1, 1, 'usd', 'r', 'amara', 1, 1)", [newId(), titlesure]);
    await said('1 credit of a customer.');
    write('DELETE FROM customer_credits');
    expect((await checkPostgres(configOf(ledger, url), '0.1.0', ledger.database)).at(-1)).toMatchObject({ name: 'Joining', isFine: true });
    await withServices(ledger, null, receiptAt);
    await said('1 payment, credit note or other act on invoices.');
  });

  test('to a role that may not edit contracts', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    await refused(world, ledger, await world.urlOf('ben', 'accountant'), 'role-too-small');
    expect(await countThere(world, 'journal_entries')).toBe(0);
  });

  test('where somebody else made a record there at the last moment; nothing of it stays', async () => {
    await using world = await makeSharedDatabase(server);
    using ledger = await openOwnDesk();
    const url = await world.urlOf('ada', 'admin');
    await expect(joinThrough(ledger, url, (step, when) => step === 'finish' && when === 'before')).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await seedContract(world.owner);
    await expect(joinAs(ledger, url)).rejects.toMatchObject({ code: 'shared-ledger-not-empty' });
    expect([await countThere(world, 'partners'), await countThere(world, 'change_sets'), isJoined(ledger)]).toEqual([1, 0, false]);
  });
});

describe('by hand', () => {
  const [joinId, changeId] = ['00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-0000000000f2'];
  const shape = { identity: { gateway: 'stripe', account: 'acct_1', mode: 'test', currency: 'usd', zone: 'America/New_York' }, settings: {} };
  const partner = { id: titlesure, name: 'Titlesure', billing_address: {}, tax_treatment: 'standard', version: 1, deleted_at: null, updated_at: 1 };
  const change = {
    id: changeId, entity: 'partner', entity_id: titlesure, operation: 'update', base_version: 1, fields: { name: { from: 'Titlesure', to: 'Mine' } }, reason: 'by hand', author: 'somebody_else', desk: 'psql', created_at: 1, received_at: 1, state: 'applied', result_version: 2,
    four_eyes: 'on', effective_operation: 'update', effective_id: titlesure, effective_fields: {}, effective_base: 1, restores: 0, changed_at: 1,
  };

  test('nothing comes in that was agreed to by nobody, claims what it is not, or breaks a rule of the tables', async () => {
    await using world = await makeSharedDatabase(server);
    await withClient(await world.urlOf('ada', 'admin'), async (client) => {
      const tryTo = async (parts: Record<string, unknown[]>, counts = Object.fromEntries(Object.entries(parts).map(([part, rows]) => [part, rows.length]))): Promise<string> => {
        await client.query('BEGIN');
        try {
          await client.query('SELECT daybook.begin_record_join($1, $2, $3)', [joinId, 'psql', JSON.stringify({ ...shape, counts })]);
          for (const [part, rows] of Object.entries(parts)) await client.query('SELECT daybook.stage_join_page($1, $2, 0, $3)', [joinId, part, JSON.stringify(rows)]);
          await client.query('SELECT daybook.finish_record_join($1, NULL)', [joinId]);
          return 'taken';
        } catch (error) {
          return (error as { detail?: string; code: string }).detail ?? (error as { code: string }).code;
        } finally {
          await client.query('ROLLBACK');
        }
      };
      expect(await tryTo({ partner: [partner] })).toBe('taken');
      expect(await tryTo({ partner: [partner], change_set: [{ ...change, state: 'awaiting-approval' }] })).toBe('join-invalid');
      expect(await tryTo({ partner: [partner], change_set: [{ ...change, state: 'rejected' }] })).toBe('join-invalid');
      expect(await tryTo({ partner: [{ ...partner, name: '' }] })).toBe('join-invalid');
      expect(await tryTo({ partner: [partner, partner] })).toBe('join-invalid');
      expect(await tryTo({ partner: [{ ...partner, tax_treatment: 'none' }] })).toBe('join-invalid');
      expect(await tryTo({ partner: [{ ...partner, updated_at: 'soon' }] })).toBe('join-invalid');
      expect(await tryTo({ partner: [partner] }, { partner: 2 })).toBe('join-incomplete');
      expect(await tryTo({ people: [] })).toBe('join-invalid');
      await expect(client.query('SELECT daybook.begin_record_join($1, $2, $3)', [joinId, 'psql', JSON.stringify({ ...shape, identity: { ...shape.identity, account: 'acct_2' } })])).rejects.toMatchObject({ detail: 'shared-ledger-mismatch' });
      const invoice = {
        id: joinId, kind: 'one-off', status: 'finalised', invoice_number: 'INV-2026-0003', currency: 'usd', subtotal_minor: 100, discount_minor: 0, tax_minor: 0, withholding_minor: 0, total_minor: 100, amount_paid_minor: 0, amount_due_minor: 100, line_items: [{ amountMinor: 100 }],
        issue_date: '2026-10-01', due_date: '2026-11-01', finalised_at: 1, customer_snapshot: {}, totals_fingerprint: 'f', created_at: 1, created_by: 'amara', version: 1,
      };
      expect(await tryTo({ invoice: [invoice] })).toBe('number-taken'); // it was never given
      expect(await tryTo({ invoice: [{ ...invoice, status: 'draft', invoice_number: null, total_minor: 99 }] })).toBe('invoice-totals-wrong');

      await client.query('SELECT daybook.begin_record_join($1, $2, $3)', [joinId, 'psql', JSON.stringify({ ...shape, counts: { partner: 1, change_set: 2 } })]);
      // Somebody else is quicker between the beginning and the end.
      await seedContract(world.owner);
      await expect(client.query('SELECT daybook.finish_record_join($1, NULL)', [joinId])).rejects.toMatchObject({ detail: 'shared-ledger-not-empty' });
      await world.clear();
      await client.query('SELECT daybook.stage_join_page($1, $2, 0, $3)', [joinId, 'partner', JSON.stringify([partner])]);
      await client.query('SELECT daybook.stage_join_page($1, $2, 0, $3)', [joinId, 'change_set', JSON.stringify([change, { ...change, id: joinId, state: 'refused', four_eyes: null }])]);
      for (const role of ['accountant', 'finance', 'viewer', 'relay'] as const) await withClient(await world.urlOf(role, role), (other) => expect(other.query('SELECT daybook.finish_record_join($1, NULL)', [joinId])).rejects.toMatchObject({ code: '42501' }));
      await withClient(await world.urlOf('eve', 'admin'), (other) => expect(other.query('SELECT daybook.finish_record_join($1, NULL)', [joinId])).rejects.toMatchObject({ detail: 'join-unknown' }));
      await client.query('SELECT daybook.finish_record_join($1, NULL)', [joinId]);
      expect((await world.owner.query('SELECT state, author, four_eyes FROM daybook.change_sets ORDER BY state')).rows).toEqual([{ state: 'applied', author: 'somebody_else', four_eyes: 'off' }, { state: 'refused', author: `${world.prefix}_ada`, four_eyes: null }]);
    });
  });
});
