/**
 * What a genuine webhook says about itself, as far as the inbox must know it: which event it is, of which account and mode. What happened is the
 * desks' business. Pure.
 */
import { createHash } from 'node:crypto';
import type { ReceivedEvent, RelayLedger, WebhookMode } from './relay.ports.ts';

export type EventRefusal = 'body-not-json' | 'event-malformed' | 'wrong-mode' | 'wrong-account';
export type EventReading = { readonly event: ReceivedEvent } | { readonly refusal: EventRefusal };

type Json = Readonly<Record<string, unknown>>;

/** Names and ids as both gateways write them: printable, without spaces. Anything else would be somebody's experiment. */
const plainName = /^[\x21-\x7e]{1,255}$/;
/** The last second of the year 9999. */
const latestSeconds = 253_402_300_799;

const refuse = (refusal: EventRefusal): EventReading => ({ refusal });
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const plain = (value: unknown): string | null => (typeof value === 'string' && plainName.test(value) ? value : null);

function parse(body: Uint8Array): Json | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * A Stripe event (`event`, or a thin `v2.core.event`): it must say its mode, and where it names an account (Connect), that must be the ledger's.
 */
export function readStripeEvent(body: Uint8Array, ledger: RelayLedger): EventReading {
  const value = parse(body);
  if (!value) return refuse('body-not-json');
  const [id, type] = [plain(value['id']), plain(value['type'])];
  const { object, livemode, created } = value;
  if (id === null || type === null || (object !== 'event' && object !== 'v2.core.event') || typeof livemode !== 'boolean') return refuse('event-malformed');
  const mode: WebhookMode = livemode ? 'live' : 'test';
  if (mode !== ledger.mode) return refuse('wrong-mode');
  const account = value['account'] ?? value['context'] ?? null;
  if (ledger.gateway !== 'stripe' || (account !== null && account !== ledger.gatewayAccount)) return refuse('wrong-account');
  const seconds = typeof created === 'string' ? Math.floor(Date.parse(created) / 1000) : created;
  return {
    event: {
      gateway: 'stripe', id, type, mode, body, account: plain(account), apiVersion: plain(value['api_version']),
      occurredAtSeconds: typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= latestSeconds ? seconds : null,
    },
  };
}

/**
 * A Paystack event. It has no id of its own and its signature no time: one event is one by its name and the id of what it tells of, and where that has
 * none (an invoice, a list of expiring cards) by its body.
 *
 * @param keyMode the mode of the secret key that signed it, for events that do not say theirs.
 */
export function readPaystackEvent(body: Uint8Array, ledger: RelayLedger, keyMode: WebhookMode): EventReading {
  const value = parse(body);
  if (!value) return refuse('body-not-json');
  const type = plain(value['event']);
  const { data } = value;
  if (type === null || typeof data !== 'object' || data === null) return refuse('event-malformed');
  const domain = isObject(data) ? data['domain'] : undefined;
  const mode = domain === 'live' || domain === 'test' ? domain : keyMode;
  if (mode !== ledger.mode) return refuse('wrong-mode');
  const id = `${type}/${idOf(data) ?? createHash('sha256').update(body).digest('hex')}`;
  if (!plainName.test(id)) return refuse('event-malformed');
  return { event: { gateway: 'paystack', id, type, mode, body, account: null, apiVersion: null, occurredAtSeconds: null } };
}

/** Paystack's ids have up to 64 bits: one that a number cannot hold exactly tells nothing apart. */
function idOf(data: object): string | null {
  if (!isObject(data)) return null;
  const { id } = data;
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : plain(id);
}
