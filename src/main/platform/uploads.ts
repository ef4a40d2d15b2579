/**
 * Files that a person gives to a window come in parts, as messages are short, and wait in the data folder until a job has read them.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConflictError, NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import { orDiskFull } from './private-file.ts';

export interface Uploads {
  /**
   * Adds a part to a file, which the first part begins.
   * @param id made by whoever sends it, a UUID.
   * @param position of the part in the file, in bytes: a part that came already is not added again.
   * @returns the bytes that are there now.
   * @param mostBytes the largest file that is taken; 32 MB unless said otherwise.
   * @throws ConflictError `upload-broken` where parts are missing; ValidationError `upload-too-large`; StorageError `disk-full`.
   */
  append(id: string, position: number, part: Uint8Array, mostBytes?: number): number;
  /** The whole file, as UTF-8; it is gone afterwards. @throws NotFoundError `upload-missing`. */
  take(id: string): string;
  /** Where the file lies, for what reads it a piece at a time. @throws NotFoundError `upload-missing`. */
  place(id: string): string;
  /** It is needed no longer. */
  discard(id: string): void;
  /** Lets go of what nobody took within a day: refused, looked at and not imported, or left behind by a window that closed. Done at each start and each day, not only when the next file comes. */
  forgetOld(): void;
}

const usualBytes = 32 * 1024 * 1024;
/** One that nobody took, as when a window was closed in between. */
const forgottenAfterMs = 86_400_000;

export function createUploads(dataFolder: string): Uploads {
  const folder = join(dataFolder, 'uploads');
  const fileOf = (id: string): string => {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new NotFoundError('upload-missing', 'There is no such upload.', { nextStep: 'Choose the file again.' });
    return join(folder, id);
  };

  function forgetOld(): void {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (Date.now() - statSync(join(folder, name)).mtimeMs > forgottenAfterMs) rmSync(join(folder, name), { force: true });
  }

  forgetOld();
  return {
    forgetOld,
    append(id, position, part, mostBytes = usualBytes) {
      const file = fileOf(id);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (position === 0) forgetOld();
      const size = existsSync(file) ? statSync(file).size : 0;
      if (position + part.byteLength <= size) return size;
      if (position !== size) throw new ConflictError('upload-broken', 'A part of the file is missing.', { nextStep: 'Choose the file again.' });
      if (size + part.byteLength > mostBytes) {
        rmSync(file, { force: true }); // nobody will take what came so far
        throw new ValidationError('upload-too-large', `The file is larger than ${mostBytes / 1024 / 1024} MB.`, { nextStep: 'Check that it is the file you meant.' });
      }
      orDiskFull(() => appendFileSync(file, part, { mode: 0o600 }));
      return size + part.byteLength;
    },
    take(id) {
      const file = fileOf(id);
      if (!existsSync(file)) throw new NotFoundError('upload-missing', 'There is no such upload.', { nextStep: 'Choose the file again.' });
      const text = readFileSync(file, 'utf8');
      rmSync(file, { force: true });
      return text;
    },
    place(id) {
      const file = fileOf(id);
      if (!existsSync(file)) throw new NotFoundError('upload-missing', 'There is no such upload.', { nextStep: 'Choose the file again.' });
      return file;
    },
    discard: (id) => rmSync(fileOf(id), { force: true }),
  };
}
