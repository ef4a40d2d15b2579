/**
 * An archive in a folder: of this machine, or of a server it is mounted from. A file is whole or absent, and never written over. The folder itself is never made: where a drive is not mounted, the documents
 * wait instead of lying on the wrong disk.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../../../shared/errors/errors.ts';
import type { ArchiveCheck, ArchiveStore, OutgoingFile, StoredFile } from '../../archiving/archiving.ports.ts';

export function createFolderArchive(folder: string): ArchiveStore {
  async function assertThere(): Promise<void> {
    const found = await stat(folder).catch(() => null);
    if (!found?.isDirectory()) throw new StorageError('archive-folder-missing', `The archive’s folder ${folder} is not there.`, { data: { folder }, nextStep: 'Mount the drive or make the folder; documents wait until then.' });
  }

  /** The folders of a name are made one by one; a link or a file among them would put documents where nobody looks for them. */
  async function makeFolders(parts: readonly string[]): Promise<string> {
    let at = folder;
    for (const part of parts) {
      at = join(at, part);
      await mkdir(at).catch((error: unknown) => {
        if (!isCode(error, 'EEXIST')) throw error;
      });
      if (!(await lstat(at)).isDirectory()) throw new StorageError('archive-folder-blocked', `In the archive, ${at} is no folder of its own, but a link or a file.`, { data: { folder }, nextStep: 'Put a folder in its place; documents wait until then.' });
    }
    return at;
  }

  async function put(name: string, file: OutgoingFile): Promise<StoredFile> {
    await assertThere();
    const parts = name.split('/');
    const location = join(folder, ...parts);
    let temporary: string | null = null;
    try {
      const within = await makeFolders(parts.slice(0, -1));
      const found = await standing(location, file);
      if (found) return { outcome: found, location };
      temporary = join(within, `.${randomUUID()}.part`);
      await writeWhole(temporary, file.bytes);
      await moveToFreeName(temporary, location);
      await syncFolder(within);
    } catch (error) {
      const taken = isCode(error, 'EEXIST') ? await standing(location, file) : null;
      if (taken) return { outcome: taken, location };
      throw toStorageError(error, folder);
    } finally {
      if (temporary !== null) await rm(temporary, { force: true }).catch(() => undefined);
    }
    return { outcome: 'stored', location };
  }

  return {
    put,
    async test() {
      const checks: ArchiveCheck[] = [];
      const name = `daybook-test-${randomUUID()}.txt`;
      const bytes = new TextEncoder().encode('A test from Daybook. It may be deleted.\n');
      try {
        const { location } = await put(name, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
        checks.push({ name: 'Folder', isFine: true, message: `${folder} is there, and a file was written into it.`, nextStep: null });
        await rm(location);
        checks.push({ name: 'Cleaning up', isFine: true, message: 'The test’s file was taken away again.', nextStep: null });
      } catch (error) {
        const trouble = error instanceof StorageError ? error : toStorageError(error, folder);
        const isWritten = checks.length > 0;
        checks.push({ name: isWritten ? 'Cleaning up' : 'Folder', isFine: isWritten, message: isWritten ? `${name} could not be taken away: what is archived here stays.` : `${trouble.message} (${trouble.code})`, nextStep: isWritten ? null : (trouble.nextStep ?? null) });
      }
      return checks;
    },
  };
}

/** What stands under a name beside the file that is to go there; null: nothing. A link is another's wherever it leads, and so is what cannot be read, or is no file. */
async function standing(location: string, { bytes, sha256 }: OutgoingFile): Promise<'there-already' | 'name-taken' | null> {
  try {
    const found = await lstat(location);
    if (!found.isFile() || found.size !== bytes.byteLength) return 'name-taken';
    return createHash('sha256').update(await readFile(location)).digest('hex') === sha256 ? 'there-already' : 'name-taken';
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    if (isCode(error, 'EACCES') || isCode(error, 'EPERM')) return 'name-taken';
    throw error;
  }
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o640);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A link never takes the place of a file; where the file system has none, looking before must do. @throws an error of code EEXIST. */
async function moveToFreeName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK'].some((code) => isCode(error, code))) throw error;
    if (await isThere(to)) throw Object.assign(new Error('There is such a file.'), { code: 'EEXIST' });
    await rename(from, to);
  }
}

const isThere = (path: string): Promise<boolean> => lstat(path).then(() => true, () => false);

/** So that the name outlives a power cut too; not every system lets a folder be synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

function toStorageError(cause: unknown, folder: string): StorageError {
  if (cause instanceof StorageError) return cause;
  if (isCode(cause, 'ENOSPC') || isCode(cause, 'EDQUOT')) return new StorageError('archive-full', `There is no room left in the archive’s folder ${folder}.`, { cause, data: { folder }, nextStep: 'Make room there; documents wait until then.' });
  return new StorageError('archive-folder-not-writable', `The archive’s folder ${folder} does not take files from this desk.`, { cause, data: { folder, reason: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' }, nextStep: 'Check its permissions; documents wait until then.' });
}
