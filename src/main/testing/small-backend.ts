/**
 * A backend with a few of the contract's procedures and nothing behind them: for tests of the roads, which carry any answer the same way.
 */
import { EventPublisher } from '@orpc/server';
import { ConflictError } from '../../shared/errors/errors.ts';
import type { Stale } from '../../shared/api/system.contract.ts';
import { api } from '../api/implementer.ts';
import type { Backend, BackendOptions } from '../backend-serving.ts';

export interface SmallBackend {
  compose(options: BackendOptions): Backend;
  readonly options: readonly BackendOptions[];
  /** What the stream of changes says to all who listen. */
  publish(stale: Stale): void;
  /** How many listen to the stream of changes. */
  listeners(): number;
  /** Lets `system.search` calls answer that wait because their text is `wait`. */
  answerWaiting(): void;
  readonly waiting: () => number;
  readonly closed: () => number;
}

export function createSmallBackend(): SmallBackend {
  const publisher = new EventPublisher<{ changes: Stale }>();
  const options: BackendOptions[] = [];
  const waiting: (() => void)[] = [];
  let listeners = 0;
  let closed = 0;

  const router = {
    system: {
      doctor: api.system.doctor.handler(({ context }) => ({ checks: [{ name: context.host, isFine: true, message: context.user, nextStep: null }] })),
      search: api.system.search.handler(async ({ input }) => {
        if (input.text === 'wait') await new Promise<void>((resolve) => waiting.push(resolve));
        if (input.text === 'conflict') throw new ConflictError('edited-elsewhere', 'Somebody else changed it.', { nextStep: 'Look at both versions.', data: { version: 7 } });
        if (input.text === 'crash') throw new Error('a secret inside: sk_live_123456');
        return { results: [{ kind: 'action' as const, id: input.text, title: input.text.repeat(input.limit), detail: '', link: '/' }] };
      }),
      changes: api.system.changes.handler(async function* ({ signal }) {
        listeners += 1;
        try {
          yield* publisher.subscribe('changes', signal ? { signal } : {});
        } finally {
          listeners -= 1;
        }
      }),
    },
  };

  return {
    compose(given) {
      options.push(given);
      const { logger } = given;
      const commands = { once: async (_: string, __: unknown, work: () => unknown) => (await work()) as never };
      return {
        router,
        contextFor: (host) => ({ user: 'ada', role: 'admin', host, logger, commands }),
        close: async () => void (closed += 1),
      };
    },
    options,
    publish: (stale) => publisher.publish('changes', stale),
    listeners: () => listeners,
    answerWaiting: () => waiting.splice(0).forEach((answer) => answer()),
    waiting: () => waiting.length,
    closed: () => closed,
  };
}
