/** A short report by e-mail: text only, sent once per call, to people of the company. What the server says of each is answered; nothing lies in the outbox for it. */
import { newId } from '../platform/ids.ts';
import { messageIdOf } from './mail-entry.ts';
import type { MailSettingsStore } from './mail-settings.ts';
import type { MailTransport } from './mailing.ports.ts';

export interface ReportMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** `not-set-up`: this desk has no mail server. `failed`: some or all of them did not get it, and why. */
export interface ReportMailOutcome {
  readonly state: 'sent' | 'failed' | 'not-set-up' | 'nobody';
  readonly accepted: readonly string[];
  readonly refused: readonly { readonly address: string; readonly response: string }[];
}

export interface ReportMailing {
  /** @throws ProviderError or PermissionError with a code `smtp-…`: the desk's trouble. */
  send(mail: ReportMail, signal: AbortSignal): Promise<ReportMailOutcome>;
}

export function createReportMailing({ settings, transport, password }: { readonly settings: Pick<MailSettingsStore, 'read'>; readonly transport: MailTransport; password(): string | null }): ReportMailing {
  return {
    async send({ to, subject, text }, signal) {
      const server = settings.read();
      if (to.length === 0) return { state: 'nobody', accepted: [], refused: [] };
      if (server === null) return { state: 'not-set-up', accepted: [], refused: [] };
      const line = await transport.open(server, password(), signal);
      try {
        const answer = await line.send({
          messageId: messageIdOf(newId(), server.fromAddress), from: { name: server.fromName, address: server.fromAddress }, replyTo: server.replyTo, to, envelopeTo: to, subject, text, attachment: null,
        });
        if (answer.kind === 'unknown') return { state: 'failed', accepted: [], refused: to.map((address) => ({ address, response: answer.message })) };
        const refused = answer.recipients.filter((each) => !each.isAccepted).map(({ address, response }) => ({ address, response }));
        return { state: refused.length === 0 ? 'sent' : 'failed', accepted: answer.recipients.filter((each) => each.isAccepted).map((each) => each.address), refused };
      } finally {
        line.close();
      }
    },
  };
}
