import { describe, expect, test } from 'vitest';
import { ProviderError } from '../shared/errors/errors.ts';
import { createGroupCommit, NotStored, type GroupCommitOptions } from './group-commit.ts';
import type { ReceivedEvent, RelayLedger, WebhookGateway, WebhookInbox } from './relay.ports.ts';

const ledger: RelayLedger = { gateway: 'stripe', gatewayAccount: 'acct_1', mode: 'test', mayReadBooks: false };
const event = (id: string, bytes = 10): ReceivedEvent => ({ gateway: 'stripe', id, type: 'x', mode: 'test', account: null, apiVersion: null, occurredAtSeconds: null, body: new Uint8Array(bytes) });
const away = (): ProviderError => new ProviderError('postgres-unreachable', 'Away.', { provider: 'postgres', isRetryable: true });

/** An inbox whose commits wait until the test lets them go. */
function heldInbox() {
  const batches: { readonly ids: string[]; commit(): void; fail(error: unknown): void }[] = [];
  const asked: { answer(): void; fail(error: unknown): void }[] = [];
  const heard: (() => void)[] = [];
  const tell = (): void => heard.splice(0).forEach((resolve) => resolve());
  const inbox: WebhookInbox = {
    ledger: () => new Promise((resolve, reject) => {
      asked.push({ answer: () => resolve(ledger), fail: reject });
      tell();
    }),
    store: (events) => new Promise((resolve, reject) => {
      batches.push({ ids: events.map(({ id }) => id), commit: () => resolve(new Map<WebhookGateway, number>([['stripe', events.length]])), fail: reject });
      tell();
    }),
    close: () => Promise.resolve(),
  };
  /** Waits until the inbox was asked for something so often. */
  const until = async (isReached: () => boolean): Promise<void> => {
    while (!isReached()) await new Promise<void>((resolve) => heard.push(resolve));
  };
  return { inbox, batches, asked, until };
}

function open(options: Partial<GroupCommitOptions> = {}) {
  const held = heldInbox();
  const availability: (string | null)[] = [];
  const commit = createGroupCommit({ inbox: held.inbox, gatherMs: 0, probeMs: { first: 1, last: 2 }, onAvailability: (code) => void availability.push(code), ...options });
  return { ...held, commit, availability };
}

const reasonOf = async (work: Promise<void>): Promise<string> => work.then(() => 'stored', (error: unknown) => (error instanceof NotStored ? error.reason : String(error)));

describe('a group commit', () => {
  test('gathers what arrives while the last group is being committed, and tells each sender after its own', async () => {
    const { commit, batches, until } = open();
    const told: string[] = [];
    const add = (id: string): Promise<void> => commit.add(event(id)).then(() => void told.push(id));
    const first = add('evt_1');
    await until(() => batches.length === 1);
    const others = [add('evt_2'), add('evt_3')];
    expect(commit.waiting).toBe(3);
    batches[0]?.commit();
    await first;
    expect(told).toEqual(['evt_1']);
    await until(() => batches.length === 2);
    expect(batches[1]?.ids).toEqual(['evt_2', 'evt_3']);
    batches[1]?.commit();
    await Promise.all(others);
    expect([told, commit.waiting]).toEqual([['evt_1', 'evt_2', 'evt_3'], 0]);
  });

  test('is bounded in events and in bytes, but takes one event of any size', async () => {
    const { commit, batches, until } = open({ maximumEvents: 3, maximumBytes: 100 });
    const all = [event('a', 500), event('b', 60), event('c', 40), event('d', 1), event('e', 1), event('f', 1), event('g', 1)].map((one) => commit.add(one));
    for (let round = 1; round <= 4; round += 1) {
      await until(() => batches.length === round);
      batches[round - 1]?.commit();
    }
    await Promise.all(all);
    expect(batches.map(({ ids }) => ids.join(''))).toEqual(['a', 'bc', 'def', 'g']);
  });

  test('refuses what would wait too long behind others', async () => {
    const { commit, batches, until } = open({ maximumWaiting: 2 });
    const taken = [commit.add(event('evt_1')), commit.add(event('evt_2'))];
    expect(await reasonOf(commit.add(event('evt_3')))).toBe('queue-full');
    await until(() => batches.length === 1);
    batches[0]?.commit();
    await Promise.all(taken);
  });

  test('gives everything back when the inbox goes away, keeps nobody waiting meanwhile, and goes on by itself', async () => {
    const { commit, batches, asked, until, availability } = open();
    const first = reasonOf(commit.add(event('evt_1')));
    await until(() => batches.length === 1);
    const second = reasonOf(commit.add(event('evt_2')));
    batches[0]?.fail(away());
    expect(await Promise.all([first, second])).toEqual(['inbox-unavailable', 'inbox-unavailable']);
    expect(await reasonOf(commit.add(event('evt_3')))).toBe('inbox-unavailable');
    expect([commit.isAvailable, availability, batches.length]).toEqual([false, ['postgres-unreachable'], 1]);
    await until(() => asked.length === 1);
    asked[0]?.fail(away());
    await until(() => asked.length === 2);
    expect(await reasonOf(commit.ledger().then(() => undefined))).toBe('inbox-unavailable');
    const isBack = commit.probe(); // asks nothing new: the probe is on its way
    asked[1]?.answer();
    await isBack;
    expect(await commit.ledger()).toBe(ledger);
    expect(asked).toHaveLength(2);
    expect([commit.isAvailable, availability]).toEqual([true, ['postgres-unreachable', null]]);
    const again = commit.add(event('evt_1'));
    await until(() => batches.length === 2);
    batches[1]?.commit();
    await again;
  });

  test('an event the database cannot keep does not take its neighbours along', async () => {
    const { commit, batches, until } = open();
    const refused = new ProviderError('postgres-error', 'No.', { provider: 'postgres', isRetryable: false, data: { sqlState: '22021' } });
    const all = ['evt_1', 'evt_bad', 'evt_3'].map((id) => reasonOf(commit.add(event(id))));
    await until(() => batches.length === 1);
    batches[0]?.fail(refused);
    for (const place of [1, 2, 3]) {
      await until(() => batches.length === place + 1);
      if (batches[place]?.ids[0] === 'evt_bad') batches[place].fail(refused);
      else batches[place]?.commit();
    }
    expect(await Promise.all(all)).toEqual(['stored', 'inbox-unavailable', 'stored']);
    expect(commit.isAvailable).toBe(true);
  });

  test('asks once for the ledger however many want to know', async () => {
    const { commit, asked } = open();
    const answers = [commit.ledger(), commit.ledger(), commit.probe()];
    asked[0]?.answer();
    await Promise.all(answers);
    expect(await commit.ledger()).toBe(ledger);
    expect(asked).toHaveLength(1);
  });

  test('is drained when the last one is told', async () => {
    const { commit, batches, until } = open();
    const told: string[] = [];
    void commit.add(event('evt_1')).then(() => told.push('evt_1'));
    const drained = commit.drain().then(() => told.push('drained'));
    await until(() => batches.length === 1);
    batches[0]?.commit();
    await drained;
    expect(told).toEqual(['evt_1', 'drained']);
    await commit.drain();
  });
});
