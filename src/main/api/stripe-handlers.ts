import type { KeyReport } from '../../shared/api/system.contract.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { StripeInbox } from '../intake/stripe-inbox.ts';
import type { Config } from '../platform/config.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import { listParkedFacts, listStripeEvents, readRawObject, readStripeEvent, readStripeProgress } from '../reporting/stripe.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface StripeHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly config: Pick<Config, 'stripeApiBase' | 'stripeLimiter'>;
  readonly hub: ChangeHub;
  readonly inbox: StripeInbox;
  readonly headroom: { percent(): number; set(percent: number): void };
  /** Requests a second at most, in all and for one endpoint. */
  allowedRate(mode: 'live' | 'test', headroomShare: number): { readonly accountPerSecond: number; readonly endpointPerSecond: number };
  hasKey(): boolean;
  /** Asks Stripe with the key in force. */
  reportOnKey(): Promise<KeyReport>;
}

export function createStripeHandlers(dependencies: StripeHandlersDependencies) {
  const { readable, config, hub, headroom } = dependencies;

  function limits(mode: string | null) {
    const headroomPercent = headroom.percent();
    const allowed = config.stripeLimiter === 'off' ? null : dependencies.allowedRate(mode === 'live' ? 'live' : 'test', headroomPercent / 100);
    return { limiter: config.stripeLimiter, headroomPercent, accountPerSecond: allowed?.accountPerSecond ?? null, endpointPerSecond: allowed?.endpointPerSecond ?? null };
  }

  return {
    overview: api.stripe.overview.handler(() => {
      const mode = readLedgerSetting(readable, 'mode');
      return {
        hasKey: dependencies.hasKey(), account: readLedgerSetting(readable, 'gateway_account'), accountName: readLedgerSetting(readable, 'company_name'), mode: mode === 'live' || mode === 'test' ? mode : ('unset' as const), apiBase: config.stripeApiBase,
        limits: limits(mode),
        ...readStripeProgress(readable),
      };
    }),
    checks: api.stripe.checks.handler(({ context }) => {
      requireRole(context, 'finance');
      return dependencies.reportOnKey();
    }),
    events: api.stripe.events.handler(({ input }) => listStripeEvents(readable, input)),
    event: api.stripe.event.handler(({ input }) => readStripeEvent(readable, input.id)),
    dismissEvents: api.stripe.dismissEvents.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      const outcome = await context.commands.once('stripe.dismissEvents', input, () => ({ dismissed: dependencies.inbox.dismiss(input.ids, input.reason, { actor: context.user, requestId: input.commandId }) }));
      for (const entity of ['stripe', 'today', 'status'] as const) hub.publish({ entity, ids: [] });
      return outcome;
    }),
    retryEvents: api.stripe.retryEvents.handler(async ({ input, context }) => {
      requireRole(context, 'finance');
      const outcome = await context.commands.once('stripe.retryEvents', input, () => ({ retried: dependencies.inbox.retry(input.ids) }));
      hub.publish({ entity: 'stripe', ids: [] });
      hub.publish({ entity: 'today', ids: [] });
      return outcome;
    }),
    parked: api.stripe.parked.handler(({ input }) => listParkedFacts(readable, input)),
    rawObject: api.stripe.rawObject.handler(({ input }) => readRawObject(readable, input)),
    // The limits are the company's, shared with its live traffic: who may take more of them is who looks after the desk.
    setHeadroom: api.stripe.setHeadroom.handler(async ({ input, context }) => {
      requireRole(context, 'admin');
      return context.commands.once('stripe.setHeadroom', input, () => {
        headroom.set(input.percent);
        hub.publish({ entity: 'settings', ids: [] });
        hub.publish({ entity: 'stripe', ids: [] });
        return { headroomPercent: headroom.percent() };
      });
    }),
  };
}
