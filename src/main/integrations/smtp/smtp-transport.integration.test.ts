/** The line to a mail server, against a real one on loopback. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { startMailServer, type MailServerOptions, type TestMailServer } from '../../../../sandbox/mail-server.ts';
import type { MailServer, OutgoingMail } from '../../mailing/mailing.ports.ts';
import { makeCertificate } from '../../testing/self-signed-certificate.ts';
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts';
import { createSmtpTransport } from './smtp-transport.ts';

const servers: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(options?: MailServerOptions): Promise<TestMailServer> {
  const server = await startMailServer(options);
  servers.push(server);
  return server;
}
/** A server that says what it is told to say to a line ('.': the end of a message); undefined: what any server says. */
async function startScripted(say: (line: string) => string | undefined): Promise<AsyncDisposable & { readonly port: number }> {
  const usual = (line: string): string => (line.startsWith('EHLO') ? '250-scripted\r\n250 AUTH PLAIN' : line === 'DATA' ? '354 go on' : line === 'QUIT' ? '221 bye' : '250 ok');
  const server = createServer((socket) => {
    let isMessage = false;
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => {
      if (isMessage && line !== '.') return;
      isMessage = line === 'DATA';
      socket.write(`${say(line) ?? usual(line)}\r\n`);
    });
    socket.on('error', () => undefined); // a client that hung up is part of the tests
    socket.write('220 scripted\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
const at = (port: number, changes: Partial<MailServer> = {}): MailServer => ({ host: '127.0.0.1', port, security: 'none', user: null, authorityFile: null, ...changes });
const patient = new AbortController().signal;
const transport = createSmtpTransport({ connectionMs: 20_000, greetingMs: 20_000, silenceMs: 20_000, openingMs: 60_000, messageMs: 60_000 });

const mail: OutgoingMail = {
  messageId: '<018f@meridian.example>', from: { name: 'Meridian, Accounts', address: 'billing@meridian.example' }, replyTo: 'ar@meridian.example', to: ['ap@titlesure.example', 'cfo@titlesure.example'], envelopeTo: ['ap@titlesure.example', 'cfo@titlesure.example'],
  subject: 'Rechnung API-202610-dp_pk_TSG für Überland', text: 'Guten Tag,\n\n.\nein Punkt allein.\n', attachment: { fileName: 'API-202610-dp_pk_TSG.pdf', bytes: new Uint8Array(Buffer.from('%PDF-1.7 the invoice')) },
};

describe('a message', () => {
  test('is taken once, with its own Message-ID, both addresses, and the PDF as it is', async () => {
    const server = await start();
    const line = await transport.open(at(server.port), null, patient);
    const answer = await line.send(mail);
    line.close();
    expect(answer).toMatchObject({ kind: 'answered', recipients: [{ address: 'ap@titlesure.example', isAccepted: true }, { address: 'cfo@titlesure.example', isAccepted: true }] });
    expect(server.mails).toHaveLength(1);
    const [{ from, to, raw }] = server.mails as [TestMailServer['mails'][0]];
    expect([from, ...to]).toEqual(['billing@meridian.example', 'ap@titlesure.example', 'cfo@titlesure.example']);
    expect(raw).toContain('Message-ID: <018f@meridian.example>');
    expect(raw).toContain('From: "Meridian, Accounts" <billing@meridian.example>');
    expect(raw).toContain('Reply-To: ar@meridian.example');
    expect(raw).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(raw).toContain('filename=API-202610-dp_pk_TSG.pdf');
    expect(raw).toContain(Buffer.from('%PDF-1.7 the invoice').toString('base64'));
    expect(raw).toContain('\r\n.\r\nein Punkt allein.'); // a lone point ends no message
  });

  test('goes to whom it may; each address has the server’s own word', async () => {
    const server = await start();
    server.refuseRecipient('cfo@titlesure.example', { code: 550, text: '5.1.1 No such user here' });
    const line = await transport.open(at(server.port), null, patient);
    expect(await line.send(mail)).toMatchObject({
      kind: 'answered', recipients: [{ address: 'ap@titlesure.example', isAccepted: true }, { address: 'cfo@titlesure.example', isAccepted: false, isPermanent: true, response: expect.stringContaining('No such user') as string }],
    });
    line.close();
    expect(server.mails.map((each) => each.to)).toEqual([['ap@titlesure.example']]);
  });

  test('that is refused for now, and for good, says which', async () => {
    const server = await start();
    const line = await transport.open(at(server.port), null, patient);
    server.refuseMessage({ code: 451, text: '4.7.1 Greylisted, try again later' });
    expect(await line.send(mail)).toMatchObject({ kind: 'answered', recipients: [{ isAccepted: false, isPermanent: false, response: expect.stringContaining('Greylisted') as string }, { isAccepted: false }] });
    server.refuseMessage({ code: 554, text: '5.7.1 Policy' });
    expect(await line.send(mail)).toMatchObject({ kind: 'answered', recipients: [{ isAccepted: false, isPermanent: true }, { isPermanent: true }] });
    line.close();
    expect(server.mails).toEqual([]);
  });

  test('whose line is cut after its last word may have arrived: nobody knows', async () => {
    const server = await start();
    server.hangUpAfterData();
    const line = await transport.open(at(server.port), null, patient);
    expect(await line.send(mail)).toMatchObject({ kind: 'unknown', message: expect.stringContaining('whether it arrived is not known') as string });
    line.close();
    expect(server.mails).toHaveLength(1);
  });

  test.for([['354 go on'], ['150 wait'], ['what?']])('that is answered by “%s” was neither taken nor refused: nobody knows', async ([words]) => {
    await using server = await startScripted((line) => (line === '.' ? words : undefined));
    const line = await transport.open(at(server.port), null, patient);
    expect(await line.send(mail)).toMatchObject({ kind: 'unknown', message: expect.stringContaining('whether it arrived is not known') as string });
    line.close();
  });

  test('to two spellings of one address goes to it once, and both have its answer', async () => {
    const server = await start();
    const line = await transport.open(at(server.port), null, patient);
    const both = ['ap@über.example', 'ap@xn--ber-goa.example'];
    expect(await line.send({ ...mail, to: both, envelopeTo: both })).toMatchObject({ kind: 'answered', recipients: [{ address: both[0], isAccepted: true }, { address: both[1], isAccepted: true }] });
    server.refuseRecipient('ap@über.example', { code: 550, text: '5.1.1 No such user here' });
    expect(await line.send({ ...mail, to: both, envelopeTo: both })).toMatchObject({ kind: 'answered', recipients: [{ address: both[0], isPermanent: true }, { address: both[1], isPermanent: true }] });
    line.close();
    expect(server.mails.map((each) => each.to)).toEqual([['ap@über.example']]); // as the server reads it
  });

  test('on a line that broke before is known not to have arrived', async () => {
    const server = await start();
    const line = await transport.open(at(server.port), null, patient);
    await server[Symbol.asyncDispose]();
    expect(await line.send(mail)).toMatchObject({ kind: 'answered', recipients: [{ isAccepted: false, isPermanent: false }, { isAccepted: false, isPermanent: false }] });
    line.close();
  });

  test('has no header that an address, a name or a subject would add', async () => {
    const server = await start();
    const line = await transport.open(at(server.port), null, patient);
    const answer = await line.send({ ...mail, subject: 'Rechnung\r\nBcc: thief@evil.example', from: { name: 'Meridian\r\nX-Evil: 1', address: 'billing@meridian.example' }, to: ['ap@titlesure.example'], envelopeTo: ['ap@titlesure.example>\r\nRCPT TO:<thief@evil.example'] });
    line.close();
    expect(answer).toMatchObject({ kind: 'answered', recipients: [{ isAccepted: false, isPermanent: true }] });
    const second = await transport.open(at(server.port), null, patient);
    await second.send({ ...mail, subject: 'Rechnung\r\nBcc: thief@evil.example', from: { name: 'Meridian\r\nX-Evil: 1', address: 'billing@meridian.example' } });
    second.close();
    const [head = ''] = (server.mails[0]?.raw ?? '').split('\r\n\r\n');
    expect(head.split('\r\n').filter((each) => /^(Bcc|X-Evil):/i.test(each))).toEqual([]);
  });
});

describe('the way to the server', () => {
  test('a wrong password is refused and said; the right one is taken', async () => {
    const server = await start({ login: { user: 'daybook', password: 'right' } });
    await expect(transport.open(at(server.port, { user: 'daybook' }), 'wrong', patient)).rejects.toMatchObject({ code: 'smtp-login-refused' });
    await expect(transport.open(at(server.port, { user: 'daybook' }), null, patient)).rejects.toMatchObject({ code: 'smtp-password-missing' });
    const line = await transport.open(at(server.port, { user: 'daybook' }), 'right', patient);
    expect(await line.send(mail)).toMatchObject({ kind: 'answered' });
    line.close();
  });

  test('a server that repeats the login it refused, or later on, gives no password away: not in what is said, kept, or logged', async () => {
    const password = 'hunter2-of-the-desk';
    const secrets = [password, Buffer.from(password).toString('base64'), Buffer.from(`\u0000daybook\u0000${password}`).toString('base64')];
    const login = secrets.at(-1)!;
    const answers = [`535 5.7.8 AUTH PLAIN ${login}`, `502 5.5.2 not recognized: AUTH PLAIN ${login.slice(0, 20)}`, `535 ${login}`, `535 ${secrets[1]} is ${password}`];
    for (const answer of answers) {
      await using server = await startScripted((line) => (line.startsWith('AUTH') ? answer : undefined));
      const error: unknown = await transport.open(at(server.port, { user: 'daybook' }), password, patient).then(() => expect.fail(), (refused: unknown) => refused);
      expect(error).toMatchObject({ code: 'smtp-login-refused', data: { answer: expect.stringContaining('…') as string } });
      const told = inspect(error, { depth: 10, showHidden: true });
      for (const secret of [...secrets, login.slice(0, 20)]) expect(told).not.toContain(secret);
    }
    let said = '';
    await using server = await startScripted((line) => {
      if (line.startsWith('AUTH')) said = line;
      return line.startsWith('AUTH') ? '235 ok' : line.startsWith('RCPT') ? `550 after ${said}` : undefined;
    });
    const line = await transport.open(at(server.port, { user: 'daybook' }), password, patient);
    expect(JSON.stringify(await line.send(mail))).not.toContain(login);
    line.close();
    expect(said).toContain(login);
  });

  test.for([['tls', true], ['starttls', false]] as const)('a certificate nobody vouches for is refused (%s), before a password is said; its authority’s file makes it good', async ([security, isImplicit]) => {
    using folder = makeTemporaryFolder();
    const { certificate, privateKey } = makeCertificate(Date.now());
    const server = await start({ tls: { key: privateKey, certificate, isImplicit }, login: { user: 'daybook', password: 'right' } });
    await expect(transport.open(at(server.port, { security, user: 'daybook' }), 'right', patient)).rejects.toMatchObject({ code: 'smtp-certificate-refused' });
    const authorityFile = join(folder.path, 'authority.pem');
    writeFileSync(authorityFile, certificate);
    const line = await transport.open(at(server.port, { security, user: 'daybook', authorityFile }), 'right', patient);
    expect(await line.send(mail)).toMatchObject({ kind: 'answered', recipients: [{ isAccepted: true }, { isAccepted: true }] });
    line.close();
    await expect(transport.open(at(server.port, { security, authorityFile: join(folder.path, 'nothing.pem') }), null, patient)).rejects.toMatchObject({ code: 'smtp-authority-unreadable' });
  });

  test('a server without STARTTLS gets neither password nor message when TLS is asked for', async () => {
    const server = await start({ login: { user: 'daybook', password: 'right' } });
    await expect(transport.open(at(server.port, { security: 'starttls', user: 'daybook' }), 'right', patient)).rejects.toMatchObject({ code: 'smtp-tls-failed' });
    await expect(transport.open(at(server.port, { security: 'tls', user: 'daybook' }), 'right', patient)).rejects.toMatchObject({ code: 'smtp-tls-failed' });
  });

  test('nobody at the port, and one who never greets', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const hasty = createSmtpTransport({ connectionMs: 20_000, greetingMs: 200, silenceMs: 20_000, openingMs: 60_000, messageMs: 60_000 });
    await expect(hasty.open(at(port), null, patient)).rejects.toMatchObject({ code: 'smtp-unreachable' });
    await new Promise<void>((resolve) => silent.close(() => resolve()));
    await expect(transport.open(at(port), null, patient)).rejects.toMatchObject({ code: 'smtp-unreachable', isRetryable: true });
  });

  test('a server that is never silent and never done is left', async () => {
    const talker = createServer((socket) => {
      let more: NodeJS.Timeout | undefined;
      socket.on('error', () => undefined);
      socket.on('close', () => clearInterval(more));
      socket.on('data', () => (more ??= setInterval(() => socket.write('250-and another thing\r\n'), 10)));
      socket.write('220 talker\r\n');
    });
    await new Promise<void>((resolve) => talker.listen(0, '127.0.0.1', resolve));
    const hasty = createSmtpTransport({ connectionMs: 20_000, greetingMs: 20_000, silenceMs: 20_000, openingMs: 300, messageMs: 60_000 });
    await expect(hasty.open(at((talker.address() as AddressInfo).port), null, patient)).rejects.toMatchObject({ code: 'smtp-unreachable', isRetryable: true });
    await new Promise<void>((resolve) => talker.close(() => resolve()));
  });

  test('is left at once when it is cancelled', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const cancel = new AbortController();
    const opening = transport.open(at((silent.address() as AddressInfo).port), null, cancel.signal);
    silent.on('connection', () => cancel.abort());
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise<void>((resolve) => silent.close(() => resolve()));
  });
});
