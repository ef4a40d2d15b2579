/**
 * How this desk sends e-mail: its mail server and its sender. The password lies in the secret store and belongs to the server and login it was entered for: another host gets it only when it is
 * entered again.
 */
import { z } from 'zod';
import { ValidationError } from '../../shared/errors/errors.ts';
import { assertHeaderText, isMailAddress } from './mail-address.ts';
import type { MailServer, SettingsPort } from './mailing.ports.ts';

export interface MailSettings extends MailServer {
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  /** Said by a person: the line to this server may be readable on its way. */
  readonly allowsPlaintext: boolean;
}

const storedSettings = z.object({
  host: z.string(), port: z.number().int(), security: z.enum(['tls', 'starttls', 'none']), user: z.string().nullable(), authorityFile: z.string().nullable(), fromName: z.string(), fromAddress: z.string(), replyTo: z.string().nullable(), allowsPlaintext: z.boolean(),
});
const storedPause = z.object({ until: z.number(), failures: z.number().int(), code: z.string(), message: z.string() });
export type DeskPause = z.infer<typeof storedPause>;

const settingsName = 'mail_settings';
const passwordForName = 'mail_password_for';
const pauseName = 'mail_pause';

/** This machine only: what goes there leaves it nowhere. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * @throws ValidationError `smtp-host-invalid`, `smtp-port-invalid`, `smtp-plaintext-refused`, `mail-address-invalid`, `mail-header-invalid`.
 */
export function assertMailSettings(settings: MailSettings): void {
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$|^\[?[0-9a-fA-F:.]{2,45}\]?$/.test(settings.host)) throw new ValidationError('smtp-host-invalid', 'This is not the name or the address of a mail server.', { nextStep: 'Enter a name such as smtp.example.com, without a port.' });
  if (!Number.isInteger(settings.port) || settings.port < 1 || settings.port > 65_535) throw new ValidationError('smtp-port-invalid', 'A port lies between 1 and 65535.', { nextStep: 'Mail servers take 587 with STARTTLS, or 465 with TLS.' });
  if (settings.security === 'none' && !isLoopbackHost(settings.host) && !settings.allowsPlaintext) {
    throw new ValidationError('smtp-plaintext-refused', 'Without TLS, the password and every invoice could be read on their way to this server.', { nextStep: 'Choose STARTTLS or TLS; or, on a network you trust, say that the line may be readable.' });
  }
  if (settings.user !== null) assertHeaderText(settings.user, 'The login', 200);
  assertHeaderText(settings.fromName, 'The sender’s name', 100);
  for (const address of [settings.fromAddress, settings.replyTo]) {
    if (address !== null && !isMailAddress(address)) throw new ValidationError('mail-address-invalid', 'The sender’s address or the one for answers is not an e-mail address.', { nextStep: 'Correct it.' });
  }
}

/** What the password was entered for. */
function doorOf({ host, port, user }: Pick<MailServer, 'host' | 'port' | 'user'>): string {
  return JSON.stringify([host.toLowerCase(), port, user]);
}

export interface MailSettingsStore {
  /** null: e-mail was not set up on this desk. */
  read(): MailSettings | null;
  /** @throws as {@link assertMailSettings}. */
  save(settings: MailSettings): void;
  /** The password in the store was entered for this server and login. */
  isPasswordFor(server: Pick<MailServer, 'host' | 'port' | 'user'>): boolean;
  notePasswordFor(server: Pick<MailServer, 'host' | 'port' | 'user'>): void;
  /** While this desk leaves its mail server alone. */
  pause(): DeskPause | null;
  setPause(pause: DeskPause | null): void;
}

export function createMailSettingsStore(preferences: SettingsPort): MailSettingsStore {
  return {
    read: () => storedSettings.safeParse(parsed(preferences.get(settingsName))).data ?? null,
    save(settings) {
      assertMailSettings(settings);
      preferences.keep({ [settingsName]: JSON.stringify(settings), [pauseName]: '' });
    },
    isPasswordFor: (server) => preferences.get(passwordForName) === doorOf(server),
    notePasswordFor: (server) => preferences.keep({ [passwordForName]: doorOf(server), [pauseName]: '' }),
    pause: () => storedPause.safeParse(parsed(preferences.get(pauseName))).data ?? null,
    setPause: (pause) => preferences.keep({ [pauseName]: pause ? JSON.stringify(pause) : '' }),
  };
}

/** @throws ValidationError `mail-not-set-up`. */
export function mustBeSetUp(store: Pick<MailSettingsStore, 'read'>): MailSettings {
  const settings = store.read();
  if (!settings) throw new ValidationError('mail-not-set-up', 'E-mail is not set up on this desk.', { nextStep: 'Enter the mail server in Settings, E-mail.' });
  return settings;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text || 'null');
  } catch {
    return null;
  }
}
