/**
 * Secrets go in, never out (architecture.md §3): a store the backend reads, and nobody prints.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StorageError } from '../../shared/errors/errors.ts';
import { writePrivateFile } from './private-file.ts';

export const secretNames = ['stripe-key', 'postgres-url', 'smtp-password', 's3-secret-key'] as const;
export type SecretName = (typeof secretNames)[number];
export type SecretValues = Partial<Readonly<Record<SecretName, string>>>;

export interface SecretStore {
  /** Where the secrets lie, as a few words a person is told. */
  readonly place: string;
  has(name: SecretName): boolean;
  get(name: SecretName): string | null;
  /** Kept for good when the promise is fulfilled. */
  set(name: SecretName, value: string): Promise<void>;
}

const keyFileName = 'secrets.json';
export const secretValuesSchema = z.partialRecord(z.enum(secretNames), z.string().min(1));

/**
 * Secrets in a file of mode 0600 in the data folder: for machines and hosts without a keychain. The file is read again at each question, so a key
 * set by another process (or by hand) holds at once.
 */
export function createKeyFileSecretStore(dataFolder: string): SecretStore {
  const file = join(dataFolder, keyFileName);
  return {
    place: `a key file only you can read (${file})`,
    has: (name) => readKeyFile(file)[name] !== undefined,
    get: (name) => readKeyFile(file)[name] ?? null,
    async set(name, value) {
      writePrivateFile(file, `${JSON.stringify({ ...readKeyFile(file), [name]: value }, null, 2)}\n`);
    },
  };
}

/**
 * @throws StorageError `secret-file-readable-by-others` unless only its user may read it; `secret-file-damaged` when it is not what was written.
 */
function readKeyFile(file: string): SecretValues {
  if (!existsSync(file)) return {};
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new StorageError('secret-file-readable-by-others', `The key file ${file} can be read by other people on this machine, so it is not used.`, {
      data: { file }, nextStep: `Run: chmod 600 "${file}". If others may have read it, replace the keys in it.`,
    });
  }
  let values: unknown;
  try {
    values = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    values = null; // the parser's message would quote the file
  }
  const parsed = secretValuesSchema.safeParse(values);
  if (!parsed.success) {
    throw new StorageError('secret-file-damaged', `The key file ${file} cannot be understood.`, { data: { file }, nextStep: 'Delete the file and enter the keys again in Settings.' });
  }
  return parsed.data as SecretValues;
}

export interface HandedSecrets {
  readonly place: string;
  readonly values: SecretValues;
  /** Hands a new value to whoever keeps it; the store changes only when that worked. */
  keep(name: SecretName, value: string): Promise<void>;
}

/** Secrets that another process keeps (Electron's main process, with the system's keychain) and handed over at start. */
export function createHandedSecretStore({ place, values, keep }: HandedSecrets): SecretStore {
  const held = new Map<string, string>(Object.entries(values));
  return {
    place,
    has: (name) => held.has(name),
    get: (name) => held.get(name) ?? null,
    async set(name, value) {
      await keep(name, value);
      held.set(name, value);
    },
  };
}
