/**
 * Secrets under the system's keychain, by safeStorage's asynchronous calls. The file holds ciphertext only.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SafeStorage } from 'electron';
import { z } from 'zod';
import { StorageError } from '../../../shared/errors/errors.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { secretNames, type SecretName, type SecretValues } from '../../platform/secrets.ts';

export type SafeStorageLike = Pick<SafeStorage, 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'>;

export interface SecretKeeper {
  /** Where the secrets lie, as a few words a person is told. */
  readonly place: string;
  /** All that was kept, decrypted. */
  read(): Promise<SecretValues>;
  keep(name: SecretName, value: string): Promise<void>;
}

export interface SecretKeeperOptions {
  readonly safeStorage: SafeStorageLike;
  readonly dataFolder: string;
  readonly platform: NodeJS.Platform;
}

const encryptedFileSchema = z.partialRecord(z.enum(secretNames), z.base64());
type EncryptedFile = Partial<Record<SecretName, string>>;

/** Must be made after the app is ready. */
export function createSecretKeeper({ safeStorage, dataFolder, platform }: SecretKeeperOptions): SecretKeeper {
  const file = join(dataFolder, 'secrets.encrypted.json');

  /** @throws StorageError `keychain-missing`: without one the ciphertext's key would lie beside it. */
  async function needKeychain(): Promise<void> {
    const isPlain = platform === 'linux' && ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend());
    if (isPlain || !(await safeStorage.isAsyncEncryptionAvailable())) {
      throw new StorageError('keychain-missing', 'This system has no keychain that Daybook could keep a key in, so nothing was kept.', {
        nextStep: 'Install or unlock a keyring (GNOME Keyring, KWallet) and try again, or start Daybook with DAYBOOK_STRIPE_KEY and DAYBOOK_POSTGRES_URL set.',
      });
    }
  }

  async function decrypt(name: SecretName, ciphertext: string): Promise<string> {
    try {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(ciphertext, 'base64'));
      if (shouldReEncrypt) await keep(name, result);
      return result;
    } catch {
      throw new StorageError('secret-unreadable', 'The keychain does not open what Daybook kept in it.', {
        data: { file }, nextStep: `Unlock the keychain and start again, or delete ${file} and enter the keys again in Settings.`,
      });
    }
  }

  async function keep(name: SecretName, value: string): Promise<void> {
    await needKeychain();
    const ciphertext = await safeStorage.encryptStringAsync(value);
    writePrivateFile(file, `${JSON.stringify({ ...readEncrypted(file), [name]: ciphertext.toString('base64') }, null, 2)}\n`);
  }

  return {
    place: 'the system’s keychain',
    async read() {
      const encrypted = Object.entries(readEncrypted(file)) as [SecretName, string][];
      if (encrypted.length === 0) return {};
      await needKeychain();
      const values: Partial<Record<SecretName, string>> = {};
      for (const [name, ciphertext] of encrypted) values[name] = await decrypt(name, ciphertext);
      return values;
    },
    keep,
  };
}

function readEncrypted(file: string): EncryptedFile {
  if (!existsSync(file)) return {};
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    value = null;
  }
  const parsed = encryptedFileSchema.safeParse(value);
  if (!parsed.success) throw new StorageError('secret-file-damaged', `The file ${file} cannot be understood.`, { data: { file }, nextStep: 'Delete the file and enter the keys again in Settings.' });
  return parsed.data as EncryptedFile;
}
