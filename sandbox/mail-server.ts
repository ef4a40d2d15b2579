/**
 * A real mail server on loopback, for tests: it takes what it is told to take, refuses what it is told to refuse, hangs up in the middle when asked to, and keeps every message.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message as it came, headers and all. */
  readonly raw: string;
}

export interface MailServerOptions {
  /** Left out: everybody may send. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Left out: no TLS is offered. `implicit`: from the first byte, else by STARTTLS. */
  readonly tls?: { readonly key: string; readonly certificate: string; readonly isImplicit: boolean };
}

export type Verdict = { readonly code: number; readonly text: string };

export interface TestMailServer extends AsyncDisposable {
  readonly port: number;
  /** In the order in which they were taken. */
  readonly mails: TakenMail[];
  readonly connections: () => number;
  /** Refuses an address; with `times` only so often. */
  refuseRecipient(address: string, verdict: Verdict, times?: number): void;
  /** Refuses the next messages after their last word. */
  refuseMessage(verdict: Verdict, times?: number): void;
  /** Keeps the next message and hangs up in place of an answer. */
  hangUpAfterData(): void;
  /** The next message is answered when the returned function is called. */
  holdAnswer(): { readonly hasCome: Promise<void>; answer(): void };
}

export async function startMailServer(options: MailServerOptions = {}): Promise<TestMailServer> {
  const mails: TakenMail[] = [];
  const refused = new Map<string, { verdict: Verdict; left: number }>();
  let message: { verdict: Verdict; left: number } | null = null;
  let hangsUp = false;
  let held: { come: () => void; release: Promise<void> } | null = null;
  let connections = 0;
  const asError = ({ code, text }: Verdict): Error => Object.assign(new Error(text), { responseCode: code });

  const server = new SMTPServer({
    authOptional: !options.login, disabledCommands: [...(options.tls ? [] : ['STARTTLS']), ...(options.login ? [] : ['AUTH'])], allowInsecureAuth: true, hideSTARTTLS: !options.tls, closeTimeout: 50, logger: false, disableReverseLookup: true,
    ...(options.tls ? { key: options.tls.key, cert: options.tls.certificate, secure: options.tls.isImplicit } : {}),
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    onAuth(auth, _session, done) {
      const isRight = auth.username === options.login?.user && auth.password === options.login?.password;
      if (isRight) done(null, { user: auth.username ?? '' });
      else done(asError({ code: 535, text: '5.7.8 Authentication credentials invalid' }));
    },
    onRcptTo(address, _session, done) {
      const standing = refused.get(address.address);
      if (!standing || standing.left === 0) return done();
      standing.left -= 1;
      done(asError(standing.verdict));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (message && message.left > 0) {
          message.left -= 1;
          return done(asError(message.verdict));
        }
        const { envelope } = session;
        mails.push({ from: envelope.mailFrom ? envelope.mailFrom.address : '', to: envelope.rcptTo.map((each) => each.address), raw: Buffer.concat(chunks).toString('utf8') });
        if (hangsUp) {
          hangsUp = false;
          for (const connection of server.connections) (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
          return;
        }
        const waits = held;
        held = null;
        waits?.come();
        void (waits?.release ?? Promise.resolve()).then(() => done(null, '2.0.0 Ok: queued as 4711'));
      });
    },
  });
  server.on('error', () => undefined); // a client that hung up is part of the tests
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port, mails, connections: () => connections,
    refuseRecipient: (address, verdict, times = Number.POSITIVE_INFINITY) => void refused.set(address, { verdict, left: times }),
    refuseMessage: (verdict, times = 1) => void (message = { verdict, left: times }),
    hangUpAfterData: () => void (hangsUp = true),
    holdAnswer() {
      const come = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      held = { come: come.resolve, release: release.promise };
      return { hasCome: come.promise, answer: release.resolve };
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
