/** The archive’s settings, and what became of each document. */
import type { ArchivePlaceView, ArchiveSettingsView } from '../../shared/api/archive.contract.ts';
import { DaybookError, StateError, toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { checkedPlace, type ArchivePlace, type ArchiveSettings } from '../archiving/archive-settings.ts';
import type { ArchiveStore } from '../archiving/archiving.ports.ts';
import type { DocumentArchive } from '../archiving/document-archive.ts';
import type { SecretStore } from '../platform/secrets.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface ArchiveHandlersDependencies {
  readonly archiving: { readonly settings: ArchiveSettings; readonly archive: DocumentArchive; openStore(place: ArchivePlace, secretKey: string | null): ArchiveStore };
  readonly hub: ChangeHub;
  readonly secrets: SecretStore;
  /** The secret key in force for the bucket that is set. */
  keptSecret(): string | null;
  readonly hasEnvironmentSecret: boolean;
  /** Starts the job that archives. */
  archiveNow(): void;
}

export function createArchiveHandlers({ archiving, hub, secrets, keptSecret, hasEnvironmentSecret, archiveNow }: ArchiveHandlersDependencies) {
  const { settings, archive } = archiving;
  function view(): ArchiveSettingsView {
    const place = settings.read();
    const pause = settings.pause();
    return { place, hasSecret: place?.kind === 's3' && keptSecret() !== null, secretStore: secrets.place, pause: pause && { until: pause.until, code: pause.code, message: pause.message }, counts: archive.counts() };
  }
  function publish(): void {
    for (const entity of ['archive', 'settings', 'today'] as const) hub.publish({ entity, ids: [] });
  }
  /** What is ready to take documents takes those that were issued before, too. */
  function startIfReady(): void {
    const place = settings.read();
    if (place && (place.kind === 'folder' || keptSecret() !== null)) archiveNow();
  }

  return {
    get: api.archive.get.handler(({ context }) => {
      requireRole(context, 'finance');
      return view();
    }),
    save: api.archive.save.handler(({ input, context }) => {
      requireRole(context, 'admin');
      return context.commands.once('archive.save', input, () => {
        archive.setPlace(input.place, { actor: context.user, requestId: input.commandId });
        publish();
        if (context.host !== 'cli') startIfReady();
        return view();
      });
    }),
    // Not put into the command log: a secret is never stored outside its store, not even hashed.
    setSecret: api.archive.setSecret.handler(async ({ input, context }) => {
      requireRole(context, 'admin');
      const place = settings.read();
      if (place?.kind !== 's3') throw new StateError('archive-not-set-up', 'There is no bucket this secret would be for.', { nextStep: 'Save the bucket first.' });
      await secrets.set('s3-secret-key', input.secret);
      settings.noteSecretFor(place);
      publish();
      if (context.host !== 'cli') startIfReady();
      return view();
    }),
    test: api.archive.test.handler(async ({ input, context, signal }) => {
      requireRole(context, 'admin');
      const place = checkedPlace(input.place);
      const secret = input.secret ?? (hasEnvironmentSecret || isSameDoor(settings.read(), place) ? keptSecret() : null);
      try {
        return { checks: await archiving.openStore(place, secret).test(signal ?? new AbortController().signal) };
      } catch (error) {
        if (!(error instanceof DaybookError) || error.kind === 'invariant') throw error;
        const { code, message, nextStep } = toErrorOnTheWire(error);
        return { checks: [{ name: 'Archive', isFine: false, message: `${message} (${code})`, nextStep }] };
      }
    }),
    list: api.archive.list.handler(({ input, context }) => {
      requireRole(context, 'finance');
      const { rows, total } = archive.list({ startAt: input.startAt, limit: input.limit, direction: input.sort?.direction ?? 'descending', ...input.filter });
      return { rows: [...rows], total, sums: [] };
    }),
    of: api.archive.of.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return [...archive.of(input)];
    }),
  };
}

/** A kept secret goes to no other place than the one it was entered for. */
function isSameDoor(kept: ArchivePlaceView | null, typed: ArchivePlaceView): boolean {
  return kept?.kind === 's3' && typed.kind === 's3' && kept.endpoint === typed.endpoint && kept.bucket === typed.bucket && kept.accessKeyId === typed.accessKeyId;
}
