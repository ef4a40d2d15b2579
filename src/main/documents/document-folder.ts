/**
 * Files of documents below the data folder: mode 0600, and either whole or absent, whatever happens while they are written.
 */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../../shared/errors/errors.ts';

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Only letters, digits, dot, dash and underscore: an invoice number becomes a file name and nothing else. */
export function fileNameFrom(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_');
}

/**
 * Temporary name, fsync, rename: a crash leaves the old file or the new one.
 * @throws StorageError `disk-full` or `document-not-written`.
 */
export async function writeDocument(dataFolder: string, location: string, bytes: Uint8Array): Promise<void> {
  const file = join(dataFolder, location);
  const temporary = `${file}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')) {
      throw new StorageError('disk-full', 'The disk is full: the document was not written.', { cause, data: { location }, nextStep: 'Free some space, then open the document again; it is made anew.' });
    }
    throw new StorageError('document-not-written', 'The document could not be written.', { cause, data: { location }, nextStep: 'Check the data folder’s permissions, then open the document again.' });
  }
}

const leftover = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;
const writingMs = 60 * 60_000;

/**
 * Takes away what writers that were killed left of their files beside a document that was just written: what is an hour older than that is nobody's any more. Nothing is thrown, as nothing depends on it.
 * @returns how many went.
 */
export async function removeLeftovers(dataFolder: string, location: string): Promise<number> {
  const folder = dirname(join(dataFolder, location));
  let removed = 0;
  try {
    const { mtimeMs: writtenMs } = await stat(join(dataFolder, location));
    for (const name of (await readdir(folder)).filter((each) => leftover.test(each))) {
      const file = join(folder, name);
      const found = await stat(file).catch(() => null);
      if (found === null || found.mtimeMs > writtenMs - writingMs) continue;
      await rm(file, { force: true });
      removed += 1;
    }
  } catch {
    // The next process tries again.
  }
  return removed;
}

/** Whether the file is there; its bytes are looked at when it is opened. */
export async function hasDocument(dataFolder: string, location: string): Promise<boolean> {
  return access(join(dataFolder, location)).then(() => true, () => false);
}

/** Null when there is no such file. @throws StorageError `document-unreadable`. */
export async function readDocument(dataFolder: string, location: string): Promise<Uint8Array | null> {
  try {
    return await readFile(join(dataFolder, location));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new StorageError('document-unreadable', 'The document’s file cannot be read.', { cause, data: { location }, nextStep: 'Check the data folder’s permissions.' });
  }
}
