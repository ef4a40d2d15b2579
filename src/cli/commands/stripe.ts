import type { z } from 'zod';
import type { eventStateSchema } from '../../shared/api/stripe.contract.ts';
import { newId } from '../../main/platform/ids.ts';
import { instantText } from '../output.ts';
import type { CommandAction } from './command.ts';

const stateWords: Readonly<Record<z.infer<typeof eventStateSchema>, string>> = { staged: 'waiting', projected: 'taken in', parked: 'set aside', unhandled: 'not used' };

/** Whose the key is, whether it fits this ledger, and endpoint by endpoint what it may read. Exit 1 when anything is missing. */
export function checkStripeKey(): CommandAction {
  return async ({ client, output }) => {
    const report = await client.stripe.checks({});
    output.answer(report, (out) => {
      for (const check of report.checks) {
        out.line(`${check.isFine ? 'ok  ' : 'FAIL'}  ${check.name}: ${check.message}`);
        if (!check.isFine && check.nextStep) out.line(`      ${check.nextStep}`);
      }
      out.line();
      out.table(report.permissions, [
        { title: 'Read', text: (row) => (row.state === 'fine' ? 'ok' : row.state === 'untested' ? 'not tested' : 'FAIL') },
        { title: 'Endpoint', text: (row) => row.list },
        { title: 'Permission', text: (row) => row.permission },
        { title: 'What for', text: (row) => row.purpose },
      ]);
      for (const row of report.permissions) if (row.state === 'missing' || row.state === 'failed') out.line(`${row.list}: ${row.message ?? ''} (${row.code ?? 'unexpected'}) ${row.nextStep ?? ''}`);
      if (report.keyKind === 'secret') out.line('\nThis is a secret key, which may also write. A restricted key with read rights is all Daybook needs.');
    });
    return report.isFine ? 0 : 1;
  };
}

/** The log of events, newest first. */
export function listStripeEvents(options: { state?: z.infer<typeof eventStateSchema>; type?: string; text?: string; limit: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { state, type, text, limit } = options;
    const events = await client.stripe.events({ limit, filter: { ...(state ? { state } : {}), ...(type ? { type } : {}), ...(text ? { text } : {}) } });
    output.answer({ events: events.rows, total: events.total }, (out) => {
      if (events.rows.length === 0) {
        out.line('No events.');
        return;
      }
      out.table(events.rows, [
        { title: 'When', text: (row) => instantText(row.createdAt, timeZone) },
        { title: 'Type', text: (row) => row.type },
        { title: 'Object', text: (row) => row.objectId ?? '' },
        { title: 'State', text: (row) => stateWords[row.state] },
        { title: 'Id', text: (row) => row.id },
        { title: 'Why', text: (row) => row.reason ?? '' },
      ]);
      if (events.total > events.rows.length) out.line(`${events.rows.length.toLocaleString('en-US')} of ${events.total.toLocaleString('en-US')}.`);
    });
    return 0;
  };
}

/** Facts without an entry, and messages that were set aside. Exit 1 when there are any. */
export function listParkedFacts(options: { limit: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { limit } = options;
    const facts = await client.stripe.parked({ limit });
    const messages = await client.stripe.events({ limit, filter: { state: 'parked' } });
    output.answer({ facts: facts.rows, factsTotal: facts.total, messages: messages.rows, messagesTotal: messages.total }, (out) => {
      if (facts.total + messages.total === 0) out.line('Nothing waits and nothing was set aside.');
      if (facts.total > 0) {
        out.line(`${facts.total.toLocaleString('en-US')} facts wait to be posted.`);
        out.table(facts.rows, [
          { title: 'Fact', text: (row) => row.id },
          { title: 'When', text: (row) => instantText(row.occurredAt, timeZone) },
          { title: 'Why', text: (row) => row.reason ?? row.reasonCode },
          { title: 'What to do', text: (row) => row.nextStep },
        ]);
      }
      if (messages.total > 0) {
        out.line(`${messages.total.toLocaleString('en-US')} messages were set aside.`);
        out.table(messages.rows, [
          { title: 'Id', text: (row) => row.id },
          { title: 'Type', text: (row) => row.type },
          { title: 'Why', text: (row) => row.reason ?? row.reasonCode ?? '' },
        ]);
      }
    });
    return facts.total + messages.total === 0 ? 0 : 1;
  };
}

/** Stages what was set aside anew and syncs. Exit 1 when some of it was set aside again. */
/** Events that were set aside are not to be used. Exit 1 when none of them was set aside. */
export function dismissStripeEvents(ids: readonly string[], { reason }: { reason: string }): CommandAction {
  return async ({ client, output }) => {
    const answer = await client.stripe.dismissEvents({ commandId: newId(), ids: [...ids], reason });
    output.answer(answer, (out) => out.line(answer.dismissed === 0 ? 'None of them was set aside.' : `${answer.dismissed} dismissed; “daybook stripe retry” with an id takes one up again.`));
    return answer.dismissed === 0 ? 1 : 0;
  };
}

export function retryStripeEvents(ids: readonly string[]): CommandAction {
  return async ({ client, output, runJob }) => {
    const { retried } = await client.stripe.retryEvents({ commandId: newId(), ...(ids.length > 0 ? { ids: [...ids] } : {}) });
    if (retried > 0) await runJob('stripe-sync');
    const { total } = await client.stripe.events({ limit: 1, filter: { state: 'parked' } });
    output.answer({ retried, stillParked: total }, (out) => out.line(retried === 0 ? 'There was nothing to retry.' : `Retried ${retried.toLocaleString('en-US')}; ${total.toLocaleString('en-US')} are set aside now.`));
    return total === 0 ? 0 : 1;
  };
}
