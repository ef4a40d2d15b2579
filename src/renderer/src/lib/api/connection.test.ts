import { describe, expect, test } from 'vitest';
import { BackendError, connectionLost } from '../../../../shared/api/backend-error.ts';
import { createConnection, RoadRefused, type Road } from './connection.ts';

type Answer = (path: readonly string[], input: unknown) => Promise<unknown>;

/** A road that answers as the test says and breaks when it says so. */
class RoadDouble implements Road {
  #listener: ((final: BackendError | null) => void) | undefined;
  #isOpen = true;
  isClosed = false;
  readonly link: Road['link'];

  constructor(answer: Answer = async () => ({ checks: [] })) {
    this.link = { call: answer };
  }

  isOpen = () => this.#isOpen;
  onClosed = (listener: (final: BackendError | null) => void) => void (this.#listener = listener);
  close = () => void (this.isClosed = true);

  breakOff(final: BackendError | null = null): void {
    this.#isOpen = false;
    this.#listener?.(final);
  }
}

const ended = new BackendError('session-ended', 'The session ended.', { kind: 'permission', nextStep: null });

function connect(roads: (() => Promise<Road>)[], options: { backoffMs?: readonly number[] } = {}) {
  const waited: number[] = [];
  const states: string[] = [];
  const connection = createConnection({
    ...options,
    openRoad: () => roads.shift()?.() ?? new Promise<Road>(() => undefined),
    wait: async (delayMs) => void waited.push(delayMs),
  });
  connection.onChange((state) => states.push(state));
  return { connection, waited, states };
}

describe('a connection that outlives its road', () => {
  test('tries again with growing waits until a road is open', async () => {
    const fails = () => Promise.reject(connectionLost());
    const { connection, waited, states } = connect([fails, fails, fails, async () => new RoadDouble()], { backoffMs: [10, 20] });
    await connection.opened;
    expect(waited).toEqual([10, 20, 20]);
    expect(states).toEqual(['connecting', 'lost', 'connected']);
    expect(await connection.client.system.doctor({})).toEqual({ checks: [] });
  });

  test('a road that is refused ends it: the page is told why, at once and at each call', async () => {
    const { connection, waited, states } = connect([() => Promise.reject(new RoadRefused(ended))]);
    await expect(connection.opened).rejects.toBe(ended);
    await expect(connection.client.system.doctor({})).rejects.toBe(ended);
    expect([waited, states]).toEqual([[], ['connecting', 'ended']]);
  });

  test('a call made while there is no road waits for the attempt under way, and fails when that fails', async () => {
    const first = new RoadDouble();
    let fail: (error: unknown) => void = () => undefined;
    const { connection } = connect([async () => first, () => new Promise<Road>((_, reject) => (fail = reject)), async () => new RoadDouble(async () => ({ checks: ['second'] }))]);
    await connection.opened;
    first.breakOff();
    const calls = Promise.allSettled([connection.client.system.doctor({})]);
    fail(new Error('refused'));
    expect(await calls).toMatchObject([{ reason: { code: 'connection-lost' } }]);
    await expect.poll(() => connection.state()).toBe('connected');
    expect(await connection.client.system.doctor({})).toEqual({ checks: ['second'] });
  });

  test('a final end of the road is not tried again', async () => {
    const road = new RoadDouble();
    const { connection, states } = connect([async () => road]);
    await connection.opened;
    road.breakOff(ended);
    await expect(connection.client.system.doctor({})).rejects.toBe(ended);
    expect(states).toEqual(['connecting', 'connected', 'ended']);
  });

  test('a call that its caller cancelled fails with the caller’s reason', async () => {
    const reason = new Error('not wanted any more');
    const abort = new AbortController();
    const { connection } = connect([async () => new RoadDouble(() => {
      abort.abort(reason);
      return Promise.reject(reason);
    })]);
    await connection.opened;
    await expect(connection.client.system.doctor({}, { signal: abort.signal })).rejects.toBe(reason);
  });

  test('what fails on an open road for a reason of its own is not called a lost connection', async () => {
    const { connection } = connect([async () => new RoadDouble(() => Promise.reject(new TypeError('cannot be cloned')))]);
    await connection.opened;
    await expect(connection.client.system.doctor({})).rejects.toMatchObject({ code: 'unexpected' });
  });

  test('closed by its owner it stays closed, and a road that opens late is closed too', async () => {
    const late = new RoadDouble();
    let open: (road: Road) => void = () => undefined;
    const { connection } = connect([() => new Promise<Road>((resolve) => (open = resolve))]);
    connection.close();
    open(late);
    await expect(connection.opened).rejects.toMatchObject({ code: 'connection-lost' });
    expect([late.isClosed, connection.state()]).toEqual([true, 'ended']);
    await expect(connection.client.system.doctor({})).rejects.toMatchObject({ code: 'connection-lost' });
  });
});
