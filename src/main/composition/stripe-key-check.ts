/**
 * A Stripe key tried before it is kept, and again when somebody asks: whose it is, whether it fits this ledger, and endpoint by endpoint whether it may
 * read what Daybook needs.
 */
import type { z } from 'zod';
import type { checkSchema, KeyReport, permissionSchema } from '../../shared/api/system.contract.ts';
import { DaybookError, ProviderError, toErrorOnTheWire } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { refusalOfKey } from '../intake/ledger-identity.ts';
import type { GatewayAccount, GatewayList } from '../intake/stripe-sync.ports.ts';
import { modeOfKey } from '../integrations/stripe/stripe-client.ts';
import type { SharedAllowance } from '../integrations/stripe/shared-allowance.ts';
import { createStripeSource, type StripeSource } from '../integrations/stripe/stripe-source.ts';
import type { Config } from '../platform/config.ts';
import { redactText } from '../platform/logger.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';

type Check = z.infer<typeof checkSchema>;
type Permission = z.infer<typeof permissionSchema>;

interface Needed {
  readonly list: GatewayList | 'events' | 'balance';
  /** As the page names it where restricted keys are made. */
  readonly permission: string;
  readonly purpose: string;
}

/** What is read, and what for. The order is the one in which the dashboard lists them. */
const neededPermissions: readonly Needed[] = [
  { list: 'balance', permission: 'Balance', purpose: 'Compares what Stripe says it holds with the clearing account.' },
  { list: 'balance_transactions', permission: 'Balance', purpose: 'Every amount and fee that is posted comes from these.' },
  { list: 'charges', permission: 'Charges and refunds', purpose: 'Says which payment a balance transaction belongs to.' },
  { list: 'refunds', permission: 'Charges and refunds', purpose: 'Ties a refund to its payment and its credit note.' },
  { list: 'payment_intents', permission: 'PaymentIntents', purpose: 'Ties a payment to its invoice.' },
  { list: 'customers', permission: 'Customers', purpose: 'Names the party of a receivable, and holds its credit balance.' },
  { list: 'disputes', permission: 'Disputes', purpose: 'Posts chargebacks and what comes back of them.' },
  { list: 'payouts', permission: 'Payouts', purpose: 'Posts what goes to the bank, and ties it to its transactions.' },
  { list: 'products', permission: 'Products', purpose: 'Names what was sold.' },
  { list: 'events', permission: 'Events', purpose: 'Tells what changed since the last sync.' },
  { list: 'checkout_sessions', permission: 'Checkout Sessions', purpose: 'Explains payments without an invoice.' },
  { list: 'coupons', permission: 'Coupons', purpose: 'Discounts that last count in MRR.' },
  { list: 'credit_notes', permission: 'Credit notes', purpose: 'Posts what was credited.' },
  { list: 'invoices', permission: 'Invoices', purpose: 'Posts receivables, revenue, deferred revenue and tax.' },
  { list: 'invoiceitems', permission: 'Invoices', purpose: 'Tells prorations from recurring lines.' },
  { list: 'invoice_payments', permission: 'Invoices', purpose: 'Says which payment cleared which invoice.' },
  { list: 'prices', permission: 'Prices', purpose: 'Gives MRR its amounts and intervals.' },
  { list: 'subscriptions', permission: 'Subscriptions', purpose: 'MRR, its movements, and what is still to be earned.' },
  { list: 'tax_rates', permission: 'Tax Rates', purpose: 'Says to which country or state a tax is owed.' },
];

const accountTimeoutMs = 10_000;
/** Nineteen requests, within the limits that are left to Daybook. */
const probesTimeoutMs = 30_000;
/** A few at once: a test is not to use up what the customer's own traffic needs. */
const probesAtOnce = 4;

const fine = (name: string, message: string): Check => ({ name, isFine: true, message, nextStep: null });

function failed(name: string, error: unknown): Check {
  const wire = toErrorOnTheWire(error);
  return { name, isFine: false, message: `${redactText(wire.message)} (${wire.code})`, nextStep: wire.nextStep };
}

const tooLate = (): ProviderError => new ProviderError('stripe-unreachable', 'Stripe did not answer in time.', { provider: 'stripe', isRetryable: true, nextStep: 'Check the network, then test again.' });

const untested = (needed: Needed): Permission => ({ ...needed, state: 'untested', message: null, code: null, nextStep: null });

async function probe(source: StripeSource, needed: Needed, signal: AbortSignal): Promise<Permission> {
  try {
    if (needed.list === 'balance') await source.balances(signal);
    else await source.list(needed.list, { limit: 1 }, signal);
    return { ...needed, state: 'fine', message: null, code: null, nextStep: null };
  } catch (error) {
    const wire = toErrorOnTheWire(signal.aborted ? tooLate() : error);
    const isMissing = wire.code === 'stripe-key-lacks-permission';
    return { ...needed, state: isMissing ? 'missing' : 'failed', message: redactText(wire.message), code: wire.code, nextStep: isMissing ? `In Stripe’s dashboard, edit the key and set “${needed.permission}” to Read.` : wire.nextStep };
  }
}

async function probeAll(source: StripeSource): Promise<Permission[]> {
  const signal = AbortSignal.timeout(probesTimeoutMs);
  const results: Permission[] = [];
  for (let start = 0; start < neededPermissions.length; start += probesAtOnce) {
    results.push(...(await Promise.all(neededPermissions.slice(start, start + probesAtOnce).map((needed) => probe(source, needed, signal)))));
  }
  return results;
}

function kindOfKey(key: string | null): KeyReport['keyKind'] {
  const trimmed = key?.trim() ?? '';
  return trimmed.startsWith('rk_') ? 'restricted' : trimmed.startsWith('sk_') ? 'secret' : 'unknown';
}

/** The account behind the key, held against the ledger. */
async function meet(source: StripeSource, ledger: { account: string | null; mode: string | null }): Promise<{ account: GatewayAccount; checks: Check[]; isFitting: boolean }> {
  const account = await source.account(AbortSignal.timeout(accountTimeoutMs));
  const checks = [fine('Stripe key', `It belongs to ${account.name ?? account.id} (${account.id}), ${account.mode} mode.`)];
  const refusal = refusalOfKey(ledger, account);
  if (refusal) checks.push(failed('This ledger', refusal));
  else checks.push(fine('This ledger', ledger.account === null ? `It has no account yet: the first sync makes it ${account.id}’s, in ${account.mode} mode, for good.` : `It is ${account.id}’s, in ${account.mode} mode, as the key is.`));
  return { account, checks, isFitting: refusal === undefined };
}

/** Asks Stripe who the key belongs to, whether that fits this ledger, and what the key may read. The key is not kept. A sync that runs meanwhile leaves it a part of the requests. */
export async function reportOnStripeKey(config: Pick<Config, 'stripeKey' | 'stripeApiBase' | 'stripeLimiter' | 'requestHeadroomPercent'>, database: ReadableDatabase, openAllowance: () => SharedAllowance): Promise<KeyReport> {
  const keyKind = kindOfKey(config.stripeKey);
  const ledger = { account: readLedgerSetting(database, 'gateway_account'), mode: readLedgerSetting(database, 'mode') };
  const nothingAsked = (check: Check): KeyReport => ({ isFine: false, account: null, keyKind, checks: [check], permissions: neededPermissions.map(untested) });
  const allowance = openAllowance();
  try {
    const refusal = refusalOfKey(ledger, { mode: modeOfKey(config.stripeKey ?? undefined) });
    if (refusal) return nothingAsked(failed('This ledger', refusal));
    const source = createStripeSource({ key: config.stripeKey ?? undefined, apiBase: config.stripeApiBase, limiter: config.stripeLimiter === 'off' ? 'none' : 'stripe', headroomShare: () => config.requestHeadroomPercent / 100, allowance, now: Date.now, maximumAttempts: 2 });
    const { account, checks, isFitting } = await meet(source, ledger);
    const permissions = isFitting ? await probeAll(source) : neededPermissions.map(untested);
    const { id, name, mode } = account;
    return { isFine: checks.every((check) => check.isFine) && permissions.every((permission) => permission.state === 'fine'), account: { id, name, mode }, keyKind, checks, permissions };
  } catch (error) {
    if (!(error instanceof DaybookError) && !(error instanceof DOMException)) throw error;
    return nothingAsked(failed('Stripe key', error instanceof DaybookError ? error : tooLate()));
  } finally {
    await allowance.close();
  }
}

/** The report as the lines of `daybook doctor`. */
export function checksOfReport(report: KeyReport): Check[] {
  return [
    ...report.checks,
    ...report.permissions.filter((permission) => permission.state !== 'untested').map((permission): Check => ({ name: `May read ${permission.list.replaceAll('_', ' ')}`, isFine: permission.state === 'fine', message: permission.state === 'fine' ? 'yes' : `${permission.message ?? ''} (${permission.code ?? 'unexpected'})`, nextStep: permission.nextStep })),
  ];
}

/** A key that is entered while the environment gives one is kept, and not used: that is said. */
export function noteKeyOfEnvironment(report: KeyReport): KeyReport {
  return { ...report, checks: [...report.checks, fine('DAYBOOK_STRIPE_KEY', 'It is set where this Daybook was started, and comes before a key that is entered here.')] };
}
