/**
 * Lists show what there is, not what is gone: an object that was deleted while nobody listened is missed by its absence from a list that was read to its end,
 * and asked for by its id.
 */
import type { UnitOfWork, ReadableDatabase } from '../database/handles.ts';
import type { DeletableKind, Mirror } from '../mirror/mirror.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { fetchWhole, type ObjectIntake } from './object-intake.ts';
import { listOfDeletable } from './event-routing.ts';
import type { GatewaySource } from './stripe-sync.ports.ts';

export interface UnlistedObjectsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  readonly mirror: Mirror;
  readonly objectIntake: ObjectIntake;
}

const askedAtATime = 8;

/**
 * Settles what the mirror holds as there and the lists, read since then, did not show.
 * @param listedSince epoch milliseconds by the gateway's clock: every list was read to its end after it.
 * @returns how many objects turned out to be gone.
 */
export async function settleUnlisted({ readable, unitOfWork, source, mirror, objectIntake }: UnlistedObjectsDependencies, listedSince: number, control: WorkControl): Promise<number> {
  let gone = 0;
  async function settle(kind: DeletableKind, id: string): Promise<void> {
    const found = await source.get(listOfDeletable[kind], id, control.signal);
    const isGone = found === undefined || found.value['deleted'] === true;
    const whole = found && !isGone ? await fetchWhole(source, found, control.signal) : undefined;
    unitOfWork.run('settle an unlisted object', (database) => {
      if (whole && found) objectIntake.takeAll(database, [whole], found.observedAt);
      else mirror.markDeleted(database, kind, id, found?.observedAt ?? listedSince);
    });
    if (isGone) gone += 1;
  }
  for (const kind of Object.keys(listOfDeletable) as DeletableKind[]) {
    for (let after = ''; ; ) {
      const ids = mirror.unobservedSince(readable, kind, listedSince, after, askedAtATime);
      const last = ids.at(-1);
      if (last === undefined) break;
      control.signal.throwIfAborted();
      await Promise.all(ids.map((id) => settle(kind, id)));
      after = last;
    }
  }
  return gone;
}
