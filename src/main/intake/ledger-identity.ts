/**
 * Whose ledger this is: one gateway account and one mode, fixed at the first contact (domain.md §1).
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { ConflictError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { LedgerIdentity } from './entry-drafting.ts';
import { fixSetting, readSetting } from './intake.repository.ts';
import type { GatewayAccount } from './stripe-sync.ports.ts';

export interface LedgerIdentityDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly reportingTimeZone: string;
  /** For a new ledger; the account's own default currency when absent. */
  readonly functionalCurrency?: string;
}

/** 2: the tax of a payment that is refunded in parts sums to the tax of the whole (docs/adr/0031). 3: voiding an invoice takes back the tax that its credit notes left. 4: tax in a foreign currency goes at its share of the figure that was booked. 5: a refund that is sent again after it failed pays what it left owed; a dispute in a foreign currency that is won in part gives back that part; an invoice marked as paid outside after it was given up brings back its bad debt. 6: billing credits, shipping and taxes of both kinds on one line make an invoice's total; credit given by hand is the customer's; what was paid outside before a void or giving up is money, a note on an invoice given up takes from its bad debt. 7: a balance that was owed before and is billed with an invoice has none of its tax when that is voided or refunded; Icelandic krónur, Ugandan shillings and ariary count as Stripe counts them (docs/adr/0039); credit is used at its own entry's own rate. 8: what is less than its tax goes at the tax that was booked and takes the receivable at its own figure, and tax that goes by itself, voided or refunded, at its share of what was booked. Kept with a ledger as it was when the ledger was begun. */
export const postingRuleVersion = '8';

/**
 * Why a key does not fit a ledger, or undefined when it does. A ledger belongs to one account and one mode (domain.md §1): test and live books lie in
 * data folders of their own.
 * @param ledger null where the ledger has not met its gateway yet.
 * @param key its account's id is left out while Stripe has not been asked: the mode stands in the key itself.
 */
export function refusalOfKey(ledger: { readonly account: string | null; readonly mode: string | null }, key: { readonly id?: string; readonly mode: string }): ConflictError | undefined {
  if (ledger.mode !== null && ledger.mode !== key.mode) {
    return new ConflictError('stripe-mode-mismatch', `This is a ${ledger.mode}-mode ledger and the key is for ${key.mode} mode.`, { data: { ledgerMode: ledger.mode, keyMode: key.mode }, nextStep: `Use a ${ledger.mode}-mode key. ${key.mode === 'live' ? 'Live' : 'Test'} books need a data folder of their own: start Daybook with --data and the name of a new one.` });
  }
  if (ledger.account !== null && key.id !== undefined && ledger.account !== key.id) {
    return new ConflictError('stripe-account-mismatch', 'The Stripe key belongs to another account than this ledger.', { data: { ledgerAccount: ledger.account, keyAccount: key.id }, nextStep: `Use a key of ${ledger.account}, or start a fresh data folder for ${key.id}.` });
  }
  return undefined;
}

/** A key of the other mode is refused before anything is sent with it. @throws ConflictError `stripe-mode-mismatch`. */
export function refuseMode(readable: ReadableDatabase, mode: string): void {
  const refusal = refusalOfKey({ account: null, mode: readSetting(readable, 'mode') ?? null }, { mode });
  if (refusal) throw refusal;
}

/** Whose ledger this is, as the first contact fixed it; undefined before. */
export function readIdentity(readable: ReadableDatabase): LedgerIdentity | undefined {
  const [account, mode, functionalCurrency] = ['gateway_account', 'mode', 'functional_currency'].map((name) => readSetting(readable, name));
  return account === undefined || mode === undefined || functionalCurrency === undefined ? undefined : { account, mode, functionalCurrency };
}

/**
 * Holds the account of the key against the ledger's, and writes it on a new ledger.
 * @throws ConflictError `stripe-account-mismatch`, `stripe-mode-mismatch`; StateError `time-zone-mismatch` when the ledger was made for another reporting zone.
 */
export function confirmIdentity(dependencies: LedgerIdentityDependencies, account: GatewayAccount): LedgerIdentity {
  const { readable, unitOfWork, clock } = dependencies;
  const refusal = refusalOfKey({ account: readSetting(readable, 'gateway_account') ?? null, mode: readSetting(readable, 'mode') ?? null }, account);
  if (refusal) throw refusal;
  const zone = readSetting(readable, 'reporting_time_zone');
  if (zone !== undefined && zone !== dependencies.reportingTimeZone) {
    throw new StateError('time-zone-mismatch', `The ledger reports in ${zone}; Daybook was started for ${dependencies.reportingTimeZone}.`, { nextStep: 'The reporting time zone of a ledger is fixed: set it back, or start a fresh data folder.' });
  }
  unitOfWork.run('fix the ledger’s identity', (database) => {
    const now = clock.now();
    fixSetting(database, 'gateway_account', account.id, now);
    fixSetting(database, 'mode', account.mode, now);
    fixSetting(database, 'functional_currency', dependencies.functionalCurrency ?? account.defaultCurrency, now);
    fixSetting(database, 'reporting_time_zone', dependencies.reportingTimeZone, now);
    fixSetting(database, 'posting_rule_version', postingRuleVersion, now);
    if (account.name !== null) fixSetting(database, 'company_name', account.name, now);
  });
  return { account: account.id, mode: account.mode, functionalCurrency: readSetting(readable, 'functional_currency') ?? account.defaultCurrency };
}
