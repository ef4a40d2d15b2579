/**
 * Files that only their user may read (0600), written so that a crash leaves the old or the new one, never half of either.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '../../shared/errors/errors.ts';
import { newId } from './ids.ts';

/** A file that comes into being bit by bit, under its name only when it is whole. */
export interface PrivateFileDraft {
  write(content: string | Uint8Array): void;
  /** Replaces the file of that name in one step; a link of that name is replaced, not followed. The content is on the disk when this returns. */
  finish(): void;
  /** Nothing is left of it. */
  discard(): void;
}

/** What the system says when a file cannot grow: no room, no quota, the largest size allowed. */
const noRoomCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** @throws StorageError `disk-full` where the work ran out of room. */
export function orDiskFull<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && noRoomCodes.has(error.code))) throw error;
    throw new StorageError('disk-full', 'The disk is full. The step was undone and everything saved before it is safe.', { cause: error, nextStep: 'Free some space, then run the step again.' });
  }
}

/** Texts are written through this one buffer: a new one for each part of a long file would stay until the engine looks for garbage outside its heap. */
const throughput = new Uint8Array(64 * 1024);
const encoder = new TextEncoder();

function writeWhole(descriptor: number, content: string | Uint8Array): void {
  if (typeof content !== 'string') return writeFileSync(descriptor, content);
  for (let rest = content; rest !== ''; ) {
    const { read, written } = encoder.encodeInto(rest, throughput);
    writeFileSync(descriptor, throughput.subarray(0, written));
    rest = rest.slice(read);
  }
}

/** @throws StorageError `disk-full`, here and from what is answered. */
export function startPrivateFile(file: string): PrivateFileDraft {
  const draft = `${file}.${newId()}.tmp`;
  let descriptor: number | null = orDiskFull(() => openSync(draft, 'wx', 0o600));
  function close(): void {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  }
  function discard(): void {
    close();
    rmSync(draft, { force: true });
  }
  return {
    write(content) {
      const open = descriptor;
      if (open !== null) orDiskFull(() => writeWhole(open, content));
    },
    finish() {
      try {
        const open = descriptor;
        if (open !== null) orDiskFull(() => fsyncSync(open));
        close();
        renameSync(draft, file);
      } catch (error) {
        discard();
        throw error;
      }
      syncFolder(dirname(file));
    },
    discard,
  };
}

/** Replaces the file in one step; a link of that name is replaced, not followed. The content is on the disk when this returns. */
export function writePrivateFile(file: string, content: string | Uint8Array): void {
  const draft = startPrivateFile(file);
  try {
    draft.write(content);
  } catch (error) {
    draft.discard();
    throw error;
  }
  draft.finish();
}

/** A rename survives a power cut once its folder is on the disk; Windows keeps folders by itself and cannot open them. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
