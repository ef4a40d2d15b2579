import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorldDocument } from '../sandbox/world.ts';
import { openSession } from '../src/cli/session.ts';
import { newId } from '../src/main/platform/ids.ts';
import { runDaybook } from '../src/main/testing/cli-desk.ts';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { contract } from '../src/shared/api/contract.ts';
import { placesOf, runDemo } from './testing/demo-process.ts';
import { startWorldProcess, type WorldProcess } from './world-process.ts';

const folder = makeTemporaryFolder();
const options = { data: folder.path };
const { app, world: worldFolder } = placesOf(options);
let said: string;
let world: WorldProcess;
let secrets: ReadonlyMap<string, string>;

/** The Stripe keys, the webhook secret and the password of every login. */
function secretsOf({ stripe, postgres }: WorldDocument): Map<string, string> {
  const found = new Map(Object.entries({ secretKey: stripe.secretKey, restrictedKey: stripe.restrictedKey, webhookSecret: stripe.webhookSecret }));
  for (const [login, url] of Object.entries(postgres)) found.set(`password of ${login}`, decodeURIComponent(new URL(url).password));
  return found;
}

/** Which secrets stand in a text or in bytes, as they are or as a URL or Base64 would carry them. */
function secretsIn(content: string | Buffer): string[] {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  return [...secrets].filter(([, secret]) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')].some((form) => text.includes(form))).map(([name]) => name);
}

/** Answers, and of what failed everything an error carries. */
async function settled(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(calls);
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : inspect(outcome.reason, { depth: 10, showHidden: true })));
}

function filesBelow(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => join(place, name)).filter((file) => statSync(file).isFile());
}

/** Every procedure of the contract by its path. */
function proceduresIn(router: object, path = ''): string[] {
  return Object.entries(router).flatMap(([name, inner]) => ('~orpc' in inner ? [`${path}${name}`] : proceduresIn(inner, `${path}${name}.`)));
}

const leakingFiles = (): string[] => filesBelow(app).flatMap((file) => secretsIn(readFileSync(file)).map((name) => `${file}: ${name}`));

beforeAll(async () => {
  said = await runDemo(options);
  world = await startWorldProcess(worldFolder, { size: 'small', seed: '1' });
  secrets = secretsOf(world.document);
});
afterAll(async () => {
  await world?.stop();
  folder[Symbol.dispose]();
});

describe('secrets', () => {
  test('are worth looking for, and would be found', () => {
    expect(secrets.size).toBe(10);
    for (const [name, secret] of secrets) {
      expect(secret.length, name).toBeGreaterThan(12);
      expect(secretsIn(`x${secret}x`)).toContain(name);
    }
    expect(secretsIn(readFileSync(`${worldFolder}/postgres.owner.json`))).toEqual(['password of ownerUrl']);
  });

  test('stand nowhere in what the demo said, logged and kept', () => {
    expect(secretsIn(said)).toEqual([]);
    // A folder without these would prove nothing.
    expect([...new Set(filesBelow(app).map((file) => extname(file)))]).toEqual(expect.arrayContaining(['.log', '.sqlite', '.pdf', '.json']));
    expect(leakingFiles()).toEqual([]);
  });

  test('stand in no answer of the contract, nor in its errors', async () => {
    const { stripe, postgres } = world.document;
    const session = await openSession({ mayBegin: true, dataFolder: app, env: { DAYBOOK_STRIPE_KEY: stripe.restrictedKey, DAYBOOK_POSTGRES_URL: postgres.adminUrl } });
    const { client } = session;
    const wrongPassword = postgres.accountantUrl.replace('127.0.0.1', 'localhost.invalid');
    try {
      await client.jobs.run({ commandId: newId(), job: 'postgres-sync', wait: true }); // signs the admin in: only an admin enters keys
      expect(await client.system.status({})).toMatchObject({ user: 'demo_admin', role: 'admin' });
      const invoices = await client.invoices.list({ limit: 500, filter: { origin: 'partner' } });
      const stripeInvoices = await client.invoices.list({ limit: 2, filter: { origin: 'stripe' } });
      const entries = await client.ledger.entries({ limit: 20 });
      const differences = await client.reconciliation.list({ limit: 50 });
      const payments = await client.payments.list({ limit: 20 });
      const customers = await client.customers.list({ limit: 5 });
      const partners = await client.partners.list({ limit: 50 });
      const contracts = await client.contracts.list({ limit: 50 });
      const contractId = contracts.rows[0]?.id ?? '';
      const events = await client.stripe.events({ limit: 5 });
      const invoiceId = invoices.rows[0]?.id ?? '';
      const calls: Record<string, () => Promise<unknown>> = {
        'system.status': () => client.system.status({}),
        'system.today': () => client.system.today({}),
        'system.search': () => Promise.all(['API', 'sub_', stripe.restrictedKey, 'postgres'].map((text) => client.system.search({ text }))),
        'system.doctor': () => client.system.doctor({}),
        'revenue.mrrSeries': () => client.revenue.mrrSeries({}),
        'revenue.overview': () => client.revenue.overview({}),
        'revenue.breakdown': () => client.revenue.breakdown({}),
        'revenue.presentment': () => client.revenue.presentment({ from: '2026-10', to: '2026-10' }),
        'revenue.mrrItems': () => client.revenue.mrrItems({ filter: { month: '2026-10' } }),
        'revenue.why': () => client.revenue.why({ figure: 'mrr', month: '2026-10' }),
        'revenueMeasures.choices': () => client.revenueMeasures.choices({}),
        'revenueMeasures.overview': () => client.revenueMeasures.overview({ from: '2026-10', to: '2026-10' }),
        'revenueMeasures.monthly': () => client.revenueMeasures.monthly({ from: '2026-01', to: '2026-10' }),
        'revenueMeasures.breakdown': () => Promise.all((['plan', 'country', 'currency'] as const).map((by) => client.revenueMeasures.breakdown({ from: '2026-10', to: '2026-10', by }))),
        'revenueMeasures.cohorts': () => client.revenueMeasures.cohorts({}),
        'revenueMeasures.policies': () => client.revenueMeasures.policies({}),
        'revenueMeasures.policyDifferences': () => client.revenueMeasures.policyDifferences({}),
        'revenueMeasures.customers': () => client.revenueMeasures.customers({ filter: { month: '2026-10' } }),
        'revenueMeasures.customerItems': async () => Promise.all((await client.revenueMeasures.customers({ limit: 3, filter: { month: '2026-10' } })).rows.map(({ customerId }) => client.revenueMeasures.customerItems({ customerId, month: '2026-10' }))),
        'revenueMeasures.movements': () => client.revenueMeasures.movements({ filter: { from: '2026-10', to: '2026-10' } }),
        'revenueMeasures.knownAt': () => settled([client.revenueMeasures.knownAt({ month: '2026-10', knownAt: Date.parse('2026-11-18T14:00:00Z') })]),
        'revenueMeasures.recognition': () => client.revenueMeasures.recognition({}),
        'revenueMeasures.recognitionDays': () => client.revenueMeasures.recognitionDays({ month: '2026-10' }),
        'revenueMeasures.why': () => client.revenueMeasures.why({ figure: 'mrr', from: '2026-10', to: '2026-10' }),
        'revenueReport.make': async () => Buffer.from((await client.revenueReport.make({ month: '2026-10' })).bytes).toString('latin1'),
        'revenueReport.settings': () => client.revenueReport.settings({}),
        'revenueReport.sent': () => settled([client.revenueReport.sent({ id: newId() })]),
        'revenueScreens.cohortCustomers': () => client.revenueScreens.cohortCustomers({ filter: { cohort: '2026-01', month: '2026-10' } }),
        'revenueScreens.why': () => client.revenueScreens.why({ of: 'earned', month: '2026-10', currency: 'usd', day: '2026-10-05' }),
        'revenueScreens.earnedInvoices': () => client.revenueScreens.earnedInvoices({ startAt: 0, limit: 500, filter: { month: '2026-10', currency: 'usd', day: '2026-10-05' } }),
        'invoices.list': () => Promise.resolve([invoices, stripeInvoices]),
        'invoices.show': () => Promise.all([...invoices.rows, ...stripeInvoices.rows].map(({ id }) => client.invoices.show({ id }))),
        'invoices.pdf': async () => Buffer.from((await client.invoices.pdf({ id: invoiceId })).bytes).toString('latin1'),
        'invoices.previewRun': () => client.invoices.previewRun({ period: '2026-09' }),
        'invoices.exportCsv': () => client.invoices.exportCsv({}),
        'invoices.exportBalanceTransactions': () => client.invoices.exportBalanceTransactions({}),
        'invoices.runSheet.list': () => client.invoices.runSheet.list({ limit: 50 }),
        'invoices.runSheet.summary': () => client.invoices.runSheet.summary({}),
        'invoices.draft': () => settled(invoices.rows.map(({ id }) => client.invoices.draft({ id }))),
        'invoices.standing': () => Promise.all(invoices.rows.map(({ id }) => client.invoices.standing({ id }))),
        'invoices.previewCredit': () => settled(invoices.rows.map(({ id }) => client.invoices.previewCredit({ id, lines: null, settlement: 'offset' }))),
        'invoices.listCreditNotes': () => client.invoices.listCreditNotes({}),
        'invoices.listReceipts': () => client.invoices.listReceipts({}),
        'invoices.listCredits': () => client.invoices.listCredits({}),
        'invoices.previewCreditPayment': () => settled([client.invoices.previewCreditPayment({ source: { receiptId: newId() } })]),
        'invoices.writeOffLimit': () => client.invoices.writeOffLimit({}),
        'invoices.ageing': () => client.invoices.ageing({}),
        'invoices.why': () => Promise.all(invoices.rows.slice(0, 3).map(({ id }) => client.invoices.why({ id, figure: 'total' }))),
        'invoices.ageingWhy': () => client.invoices.ageingWhy({ figure: 'totalMinor', currency: 'usd' }),
        'invoices.statement': () => settled(partners.rows.map(({ id }) => client.invoices.statement({ partyId: id, from: '2026-01-01', to: '2026-10-31' }))),
        'invoices.statementPdf': () => settled(partners.rows.slice(0, 3).map(({ id }) => client.invoices.statementPdf({ partyId: id, from: '2026-01-01', to: '2026-10-31' }))),
        'invoices.runSheet.lateUsage': () => client.invoices.runSheet.lateUsage({}),
        'invoices.runSheet.taxRounding': () => client.invoices.runSheet.taxRounding({}),
        'invoices.taxRates': () => client.invoices.taxRates({}),
        'invoices.checkVatId': () => client.invoices.checkVatId({ vatId: stripe.restrictedKey.slice(0, 6) }),
        'documents.template': () => client.documents.template({}),
        'documents.previewTemplate': async () => {
          const { companyName: _name, partners: _partners, ...template } = await client.documents.template({});
          return Buffer.from((await client.documents.previewTemplate({ template })).bytes).toString('latin1');
        },
        'documents.missingFields': () => client.documents.missingFields({ ids: [invoiceId] }),
        'documents.verify': () => client.documents.verify({ sha256: '0'.repeat(64), fingerprint: null }),
        'mail.settings.get': () => client.mail.settings.get({}),
        'mail.settings.setPassword': () => settled([client.mail.settings.setPassword({ commandId: newId(), password: stripe.restrictedKey })]),
        'mail.settings.test': () => settled([client.mail.settings.test({ server: { host: '127.0.0.1', port: 9, security: 'none', allowsPlaintext: true, user: 'nobody', authorityFile: null, fromAddress: 'books@example.com', fromName: 'Books', replyTo: null }, password: stripe.restrictedKey, to: null })]),
        'mail.templates.get': () => client.mail.templates.get({}),
        'mail.templates.preview': () => client.mail.templates.preview({ language: 'en', subject: 'Invoice {number}', body: 'Dear {customer}', invoiceId }),
        'mail.templates.standard': () => client.mail.templates.standard({ language: 'de' }),
        'mail.preview': () => client.mail.preview({ mails: [{ invoiceId }] }),
        'mail.outbox.list': () => client.mail.outbox.list({}),
        'mail.outbox.show': () => settled([client.mail.outbox.show({ id: newId() })]),
        'archive.get': () => client.archive.get({}),
        'archive.setSecret': () => settled([client.archive.setSecret({ commandId: newId(), secret: stripe.restrictedKey })]),
        'archive.test': () => client.archive.test({ place: { kind: 's3', endpoint: 'http://127.0.0.1:9', region: 'us-east-1', bucket: 'invoices', prefix: '', accessKeyId: 'nobody', addressing: 'path', allowsPlaintext: false }, secret: stripe.restrictedKey }),
        'archive.list': () => client.archive.list({}),
        'archive.of': () => client.archive.of({ type: 'invoice', id: invoiceId }),
        'numbers.overview': () => client.numbers.overview({}),
        'numbers.gaps': () => client.numbers.gaps({}),
        'people.list': () => client.people.list({}),
        'payments.list': () => Promise.resolve(payments),
        'payments.show': () => Promise.all(payments.rows.map(({ id }) => client.payments.show({ id }))),
        'payments.exportCsv': () => client.payments.exportCsv({}),
        'customers.list': () => Promise.resolve(customers),
        'customers.show': () => Promise.all(customers.rows.map(({ id }) => client.customers.show({ id }))),
        'customers.exportCsv': () => client.customers.exportCsv({}),
        'partners.list': () => Promise.resolve(partners),
        'partners.show': () => Promise.all(partners.rows.map(({ id }) => client.partners.show({ id }))),
        'contracts.list': () => Promise.resolve(contracts),
        'contracts.show': () => Promise.all(contracts.rows.map(({ id }) => client.contracts.show({ id }))),
        'contracts.values': () => Promise.all(contracts.rows.map(({ id }) => client.contracts.values({ entity: 'contract', id }))),
        'contracts.fields': () => Promise.all((['partner', 'contract', 'amendment'] as const).map((entity) => client.contracts.fields({ entity }))),
        'contracts.partners': () => client.contracts.partners({}),
        'contracts.check': () => client.contracts.check({ entity: 'contract', id: contractId, values: { flat_fee_minor: -1, billing_email: postgres.adminUrl } }),
        'contracts.rehearse': () => client.contracts.rehearse({ contractId, entity: 'contract', id: contractId, values: { flat_fee_minor: 50_000 } }),
        'contracts.versions': () => client.contracts.versions({ entity: 'contract', id: contractId }),
        'contracts.compare': () => settled([client.contracts.compare({ entity: 'contract', id: contractId, from: 1, to: 1 }), client.contracts.compare({ entity: 'contract', id: contractId, from: 1, to: 99 })]),
        'contracts.exportFile': () => Promise.all((['csv', 'json'] as const).map((format) => client.contracts.exportFile({ format }))),
        'contracts.planImport': async () => client.contracts.planImport({ format: 'json', text: (await client.contracts.exportFile({ format: 'json' })).text }),
        'changes.list': () => client.changes.list({}),
        'changes.show': () => settled([client.changes.show({ id: newId() })]),
        'changes.conflicts': () => client.changes.conflicts({}),
        'changes.conflict': () => settled([client.changes.conflict({ id: newId() })]),
        'changes.approvals': () => client.changes.approvals({}),
        'changes.approval': () => settled([client.changes.approval({ id: newId() })]),
        'changes.status': () => client.changes.status({}),
        'rates.overview': () => client.rates.overview({}),
        'rates.list': () => client.rates.list({}),
        'rates.look': () => settled([client.rates.look({ url: 'http://127.0.0.1:9/eurofxref.xml' })]),
        'reconciliation.summary': () => client.reconciliation.summary({}),
        'reconciliation.list': () => Promise.resolve(differences),
        'reconciliation.show': () => Promise.all(differences.rows.map(({ id }) => client.reconciliation.show({ id }))),
        'reconciliation.runs.list': () => client.reconciliation.runs.list({}),
        'reconciliation.runs.show': () => client.reconciliation.runs.show({}),
        'reconciliation.runs.differences': async () => Promise.all((await client.reconciliation.runs.list({})).rows.flatMap(({ id }) => (['new', 'gone', 'remaining'] as const).map((of) => client.reconciliation.runs.differences({ id, of })))),
        'reconciliation.runs.proof': () => client.reconciliation.runs.proof({}),
        'banking.accounts': () => client.banking.accounts({}),
        'banking.statements': () => client.banking.statements({}),
        'banking.lines': () => client.banking.lines({}),
        'banking.line': async () => Promise.all((await client.banking.lines({ limit: 20 })).rows.map(({ id }) => client.banking.line({ id }))),
        'banking.suggestions': () => client.banking.suggestions({}),
        'banking.candidates': () => client.banking.candidates({ currency: 'usd', on: '2026-10-15', amountMinor: 100 }),
        'banking.look': () => settled([client.banking.look({ uploadId: randomUUID(), fileName: 'statement.xml' })]),
        'banking.lookAtRows': () => settled([client.banking.lookAtRows({ uploadId: randomUUID(), encoding: 'utf-8', delimiter: ';' })]),
        'banking.mappings': () => client.banking.mappings({}),
        'banking.rules': () => client.banking.rules({}),
        'workbench.inbox': () => client.workbench.inbox({ filter: { state: 'all' } }),
        'workbench.groups': () => client.workbench.groups({ by: 'reason' }),
        'workbench.show': () => Promise.all(differences.rows.map(({ id }) => client.workbench.show({ id }))),
        'workbench.assignees': () => client.workbench.assignees({}),
        'workbench.settlementPreview': () => settled(differences.rows.map(({ id }) => client.workbench.settlementPreview({ id }))),
        'workbench.bulkPreview': () => settled([client.workbench.bulkPreview({ ids: differences.rows.map(({ id }) => id), act: { kind: 'resolve', note: 'a try' } })]),
        'workbench.missingMoney': () => client.workbench.missingMoney({}),
        'workbench.report': () => client.workbench.report({}),
        'workbench.policy': () => client.workbench.policy({}),
        'closeEvidence.read': () => client.closeEvidence.read({ month: '2026-10' }),
        'closeEvidence.months': () => client.closeEvidence.months({}),
        'closeEvidence.pack': async () => Buffer.from((await client.closeEvidence.pack({ month: '2026-10' })).bytes).toString('latin1'),
        'ledger.accounts': () => client.ledger.accounts({}),
        'ledger.entryKinds': () => client.ledger.entryKinds({}),
        'ledger.statement': () => client.ledger.statement({ accountCode: '1100-stripe-clearing', currency: 'usd' }),
        'ledger.exportPart': () => Promise.all((['hledger', 'beancount', 'csv'] as const).map((format) => client.ledger.exportPart({ format }))),
        'ledger.trialBalance': () => client.ledger.trialBalance({}),
        'ledger.entries': () => Promise.resolve(entries),
        'ledger.show': () => Promise.all(entries.rows.map(({ id }) => client.ledger.show({ id }))),
        'ledger.periods': () => client.ledger.periods({}),
        'ledger.closePreview': () => settled([client.ledger.closePreview({ through: '2026-10' })]), // closed by now
        'ledger.pending': () => client.ledger.pending({}),
        'backups.create': () => client.backups.create({ commandId: newId(), wait: true }),
        'backups.verify': () => client.backups.verify({ commandId: newId(), wait: true }),
        'backups.list': () => client.backups.list({}),
        'stripe.overview': () => client.stripe.overview({}),
        'stripe.checks': () => client.stripe.checks({}),
        'stripe.events': () => Promise.resolve(events),
        'stripe.event': () => Promise.all(events.rows.map(({ id }) => client.stripe.event({ id }))),
        'stripe.retryEvents': () => client.stripe.retryEvents({ commandId: newId() }),
        'stripe.parked': () => client.stripe.parked({}),
        'stripe.rawObject': () => Promise.all(payments.rows.filter(({ id }) => id.startsWith('ch_')).map(({ id }) => client.stripe.rawObject({ kind: 'charge', id }))),
        'personal.grids': () => client.personal.grids({}),
        'sharedViews.list': () => client.sharedViews.list({}),
        'jobs.list': () => client.jobs.list({}),
        'jobs.runs': () => client.jobs.runs({}),
        'jobs.run': () => settled((['stripe-sync', 'postgres-sync', 'daily-reconciliation', 'nonsense'] as const).map((job) => client.jobs.run({ commandId: newId(), job, wait: true }))),
        'settings.get': () => client.settings.get({}),
        'settings.setStripeKey': () => settled([client.settings.setStripeKey({ commandId: newId(), key: stripe.restrictedKey }), client.settings.setStripeKey({ commandId: newId(), key: `${stripe.restrictedKey}x` })]),
        'settings.setPostgresUrl': () => settled([client.settings.setPostgresUrl({ commandId: newId(), url: postgres.accountantUrl }), client.settings.setPostgresUrl({ commandId: newId(), url: wrongPassword }), client.settings.setPostgresUrl({ commandId: newId(), url: `http://${postgres.accountantUrl}` })]),
      };
      const acts = ['system.changes', 'jobs.cancel', 'settings.setPersonal', 'invoices.finalise', 'invoices.void', 'reconciliation.assign', 'reconciliation.resolve', 'reconciliation.ignore', 'reconciliation.hold', 'reconciliation.reopen', 'workbench.comment', 'workbench.setDue', 'workbench.markTiming', 'workbench.link', 'workbench.refusePair', 'workbench.adjust', 'workbench.writeOff', 'workbench.decideAdjustment', 'workbench.undo', 'workbench.undoCommand', 'workbench.bulk', 'workbench.setPolicy', 'closeEvidence.signOff', 'closeEvidence.withdraw', 'revenueReport.saveSettings', 'banking.changeAccount', 'banking.match', 'banking.unmatch', 'banking.upload', 'banking.saveMapping', 'banking.removeMapping', 'banking.setRule', 'ledger.closePeriod', 'ledger.requestReopen', 'ledger.approveReopen', 'ledger.declineReopen', 'ledger.reverseEntry', 'ledger.withdrawPending', 'ledger.setRevaluation', 'contracts.edit', 'contracts.restore', 'contracts.importFile', 'changes.submit', 'changes.withdraw', 'changes.retry', 'changes.resolve', 'changes.decide', 'changes.follow', 'rates.setSource', 'rates.upload', 'stripe.setHeadroom', 'personal.keepLayout', 'personal.saveView', 'personal.removeView', 'sharedViews.share', 'sharedViews.withdraw', 'review.settle',
        'invoices.editDraft', 'invoices.createOneOff', 'invoices.discardDraft', 'invoices.markSent', 'invoices.voidAndRegenerate', 'invoices.credit', 'invoices.payRefund', 'invoices.payOutCredit', 'invoices.markUncollectible', 'invoices.writeOff', 'invoices.setWriteOffLimit',
        'invoices.recordWithholding', 'invoices.reverseAct', 'invoices.recordReceipt', 'invoices.applyReceipt', 'invoices.runSheet.approve', 'invoices.runSheet.setLateUsageMonths', 'invoices.runSheet.setTaxRounding', 'documents.saveTemplate', 'documents.setPartnerLanguage', 'mail.settings.save',
        'archive.save', 'stripe.dismissEvents', 'mail.templates.save', 'mail.send', 'mail.outbox.retry', 'mail.outbox.cancel', 'mail.outbox.settle', 'mail.outbox.markBounced', 'numbers.lease', 'numbers.return',
        // A new person's password is shown once, to the admin who let them in: of somebody new, and so no secret of this list.
        'people.add', 'people.setRole', 'people.setPassword', 'people.remove'];
      expect(proceduresIn(contract).filter((name) => !(name in calls) && !acts.includes(name))).toEqual([]);
      for (const [name, call] of Object.entries(calls)) {
        expect(secretsIn(JSON.stringify(await call())), name).toEqual([]);
      }
    } finally {
      await session.close();
    }
  });

  test('that were entered stand in the key file alone, which only its owner may read', async () => {
    const keyFile = join(app, 'secrets.json');
    expect(existsSync(keyFile)).toBe(true);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(secretsIn(readFileSync(keyFile))).toEqual(['restrictedKey', 'password of accountantUrl']);
    expect(leakingFiles()).toEqual([`${keyFile}: restrictedKey`, `${keyFile}: password of accountantUrl`]);
    // And they are used: without a variable the same commands work.
    for (const command of [['sync', 'stripe'], ['sync', 'postgres'], ['doctor']]) {
      const { code, stdout, stderr } = await runDaybook([...command, '--data', app]);
      expect([code, secretsIn(stdout + stderr)]).toEqual([0, []]);
    }
  });
});
