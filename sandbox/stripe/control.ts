/** The sandbox's own surface below `/_sandbox/`: what is not Stripe's but the test's or the demo's hand on the world. */
import type { Faults, FaultSettings } from './faults.ts';
import { type Json, isJson } from './object-paths.ts';
import { collectionNames } from './population.ts';
import type { SandboxState } from './state.ts';
import { StripeError } from './stripe-error.ts';
import type { Webhooks } from './webhooks.ts';

/** The last second of the year 9999: later moments have no date that is written like ours. */
const latestSeconds = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

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
    const unknown = Object.keys(body).filter((key) => !Object.hasOwn(shapes, key) && key !== 'reset');
  if (unknown.length > 0) throw new StripeError(400, `unknown fault: ${unknown.join(', ')}`);
  const { reset: _, ...settings } = body;
  for (const [name, value] of Object.entries(settings)) if (!shapes[name]?.(value)) throw new StripeError(400, `${name} cannot be ${JSON.stringify(value)}`);
  return settings as Partial<FaultSettings>;
}

const isNumberFromZero = (value: unknown): boolean => typeof value === 'number' && value >= 0;
const areCounted = (value: unknown): boolean => Array.isArray(value) && value.every((fault) => isJson(fault) && typeof fault['pathPrefix'] === 'string' && isNumberFromZero(fault['remaining']));

/** What each switch may be: one of another shape would fail in a later request, which did nothing wrong. */
const shapes: Readonly<Record<string, (value: unknown) => boolean>> = {
  rateLimit: (value) => value === null || (isJson(value) && isNumberFromZero(value['accountPerSecond']) && isNumberFromZero(value['endpointPerSecond'])),
  failures: areCounted,
  droppedReplies: areCounted,
  latencyMs: isNumberFromZero,
  latencyPathPrefix: (value) => typeof value === 'string',
};

/** Answers one control request; `body` is its JSON. */
export async function control(options: ControlOptions, method: string, path: string, body: unknown): Promise<Json> {
  const given = isJson(body) ? body : {};
  const [, , first = '', second, third] = path.split('/');
  const deed = `${method} ${first}`;
  if (deed === 'GET state') return report(options);
  if (deed === 'GET faults') return { ...options.faults.settings };
  if (deed === 'POST faults') {
    const settings = readFaults(given);
    if (given['reset'] === true) options.faults.reset();
    return { ...options.faults.set(settings) };
  }
  if (deed === 'POST plant') {
    if (options.onPlant === undefined) throw new StripeError(404, 'nothing to plant: the sandbox was started without a hook');
    return options.onPlant(typeof given['name'] === 'string' ? given['name'] : 'refill');
  }
  if (deed === 'POST clock') {
    const seconds = given['advanceSeconds'];
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || options.state.now() + seconds > latestSeconds) throw new StripeError(400, 'advanceSeconds must be whole and not negative, and must not lead past the year 9999');
    options.state.advanceClock(seconds);
    return { now: options.state.now() };
  }
  if (deed === 'POST webhooks' && second === 'flush') return { ...(await options.webhooks.flush()) };
  if (method === 'POST' && second !== undefined && third !== undefined) return options.perform(`${first}/${third}`, second, given);
  throw new StripeError(404, `no such control: ${method} ${path}`);
}
