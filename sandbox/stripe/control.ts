/** The sandbox's own surface below `/_sandbox/`: what is not Stripe's but the test's or the demo's hand on the world. */
import type { Faults, FaultSettings } from './faults.ts';
import { type Json, isJson } from './object-paths.ts';
import { collectionNames } from './population.ts';
import type { SandboxState } from './state.ts';
import { StripeError } from './stripe-error.ts';
import type { Webhooks } from './webhooks.ts';

/** Called by `POST /_sandbox/plant` with the name of what is to be planted; its answer is the reply. */
export type PlantHook = (name: string) => Promise<Json> | Json;

export interface ControlOptions {
  state: SandboxState;
  faults: Faults;
  webhooks: Webhooks;
  counts: ReadonlyMap<string, number>;
  onPlant: PlantHook | undefined;
  /** Carries a control deed out as one request, with its events. */
  perform: (deed: string, id: string, body: Json) => Json;
}

function report({ state, webhooks, faults, counts }: ControlOptions): Json {
  return {
    account: state.accountId,
    now: state.now(),
    collections: Object.fromEntries(collectionNames.map((name) => [name, state.collection(name).size])),
    requests: Object.fromEntries(counts),
    webhooks: webhooks.counts,
    faults: faults.settings,
  };
}

function readFaults(body: Json): Partial<FaultSettings> {
  const known = new Set(['rateLimit', 'failures', 'droppedReplies', 'latencyMs', 'latencyPathPrefix']);
  const unknown = Object.keys(body).filter((key) => !known.has(key) && key !== 'reset');
  if (unknown.length > 0) throw new StripeError(400, `unknown fault: ${unknown.join(', ')}`);
  const { reset: _, ...settings } = body;
  return settings as Partial<FaultSettings>;
}

/** Answers one control request; `body` is its JSON. */
export async function control(options: ControlOptions, method: string, path: string, body: unknown): Promise<Json> {
  const given = isJson(body) ? body : {};
  const [, , first = '', second, third] = path.split('/');
  const deed = `${method} ${first}`;
  if (deed === 'GET state') return report(options);
  if (deed === 'GET faults') return { ...options.faults.settings };
  if (deed === 'POST faults') {
    if (given['reset'] === true) options.faults.reset();
    return { ...options.faults.set(readFaults(given)) };
  }
  if (deed === 'POST plant') {
    if (options.onPlant === undefined) throw new StripeError(404, 'nothing to plant: the sandbox was started without a hook');
    return options.onPlant(typeof given['name'] === 'string' ? given['name'] : 'refill');
  }
  if (deed === 'POST clock') {
    const seconds = given['advanceSeconds'];
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) throw new StripeError(400, 'advanceSeconds must be whole and not negative');
    options.state.advanceClock(seconds);
    return { now: options.state.now() };
  }
  if (deed === 'POST webhooks' && second === 'flush') return { ...(await options.webhooks.flush()) };
  if (method === 'POST' && second !== undefined && third !== undefined) return options.perform(`${first}/${third}`, second, given);
  throw new StripeError(404, `no such control: ${method} ${path}`);
}
