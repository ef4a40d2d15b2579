import { describe, expect, test } from 'vitest';
import { assertMailSettings, createMailSettingsStore, isLoopbackHost, type MailSettings } from './mail-settings.ts';

const settings: MailSettings = { host: 'smtp.meridian.example', port: 587, security: 'starttls', user: 'daybook', authorityFile: null, fromName: 'Meridian', fromAddress: 'billing@meridian.example', replyTo: null, allowsPlaintext: false };

function store() {
  const kept = new Map<string, string>();
  return createMailSettingsStore({ get: (name) => kept.get(name), keep: (wanted) => { for (const [name, value] of Object.entries(wanted)) if (value !== undefined) kept.set(name, value); } });
}

describe('the settings of the mail server', () => {
  test('are what they should be', () => expect(() => assertMailSettings(settings)).not.toThrow());
  test.for([
    ['no TLS to another machine, unless a person says so', { security: 'none' }, 'smtp-plaintext-refused'],
    ['a host with a port in it', { host: 'smtp.example:587' }, 'smtp-host-invalid'],
    ['a host with a line break', { host: 'smtp.example\r\nQUIT' }, 'smtp-host-invalid'],
    ['a port there is not', { port: 0 }, 'smtp-port-invalid'],
    ['a sender’s name of two lines', { fromName: 'A\r\nBcc: x@y.example' }, 'mail-header-invalid'],
    ['a sender’s address of two lines', { fromAddress: 'a@b.example\r\nBcc: x@y.example' }, 'mail-address-invalid'],
    ['an address for answers that is none', { replyTo: 'nobody' }, 'mail-address-invalid'],
    ['a login of two lines', { user: 'a\r\nb' }, 'mail-header-invalid'],
  ] as const)('refuse %s', ([, changes, code]) => {
    expect(() => assertMailSettings({ ...settings, ...changes } as MailSettings)).toThrow(expect.objectContaining({ code }) as Error);
  });
  test('allow no TLS to this machine, and to another when it was said', () => {
    expect(() => assertMailSettings({ ...settings, host: '127.0.0.1', security: 'none' })).not.toThrow();
    expect(() => assertMailSettings({ ...settings, security: 'none', allowsPlaintext: true })).not.toThrow();
    expect(['localhost', '::1', '127.9.9.9', '127.0.0.1.evil.example', 'localhost.evil.example'].map(isLoopbackHost)).toEqual([true, true, true, false, false]);
  });
});

test('a password belongs to the server and login it was entered for', () => {
  const kept = store();
  kept.save(settings);
  kept.notePasswordFor(settings);
  expect([settings, { ...settings, host: 'SMTP.meridian.example' }].map(kept.isPasswordFor)).toEqual([true, true]);
  expect([{ ...settings, host: 'smtp.evil.example' }, { ...settings, port: 25 }, { ...settings, user: 'other' }].map(kept.isPasswordFor)).toEqual([false, false, false]);
});

test('new settings end a pause', () => {
  const kept = store();
  kept.setPause({ until: 1, failures: 3, code: 'smtp-unreachable', message: 'x' });
  kept.save(settings);
  expect(kept.pause()).toBeNull();
});
