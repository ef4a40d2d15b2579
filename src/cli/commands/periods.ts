/** `daybook ledger periods | close | revaluation | reopen | approve-reopen | decline-reopen | reverse | pending | withdraw`. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { periodSchema } from '../../shared/api/ledger-periods.contract.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import type { CommandAction } from './command.ts';

type Period = z.infer<typeof periodSchema>;

const stateText = (period: Period): string => (period.reopenRequest ? `${period.state}, ${period.reopenRequest.actor} asks to open it` : period.isNextToClose ? 'open, next to close' : period.state);

export function listPeriods(): CommandAction {
  return async ({ client, output }) => {
    const answer = await client.ledger.periods({});
    output.answer(answer, (out) => {
      out.table(answer.periods, [
        { title: 'Month', text: (row) => row.month },
        { title: 'State', text: stateText },
        { title: 'Entries', align: 'right', text: (row) => row.entries.toLocaleString('en-US') },
        { title: 'Closed by', text: (row) => row.closedBy ?? '' },
        { title: 'Head at closing', align: 'right', text: (row) => (row.headSequence === null ? '' : row.headSequence.toLocaleString('en-US')) },
      ]);
      const next = answer.periods.find((period) => period.isNextToClose);
      if (next?.checklist) {
        out.line();
        out.line(`To close ${next.month}:`);
        for (const item of next.checklist) out.line(`  ${item.isFine ? 'ok ' : 'NO '} ${item.title}${item.detail ? `: ${item.detail}` : ''}`);
      }
      out.line();
      out.line(answer.revaluation === 'on' ? 'Closing revalues foreign balances at the month-end rate.' : 'Foreign balances are not revalued at close.');
      if (answer.fourEyes === 'off') {
        out.line();
        out.line('One person closes and opens here: four eyes are off, and the log of the months says so.');
      }
    });
    return 0;
  };
}

function say(act: (context: Parameters<CommandAction>[0]) => Promise<Period>, sentence: (period: Period) => string): CommandAction {
  return async (context) => {
    const period = await act(context);
    context.output.answer(period, (out) => out.line(sentence(period)));
    return 0;
  };
}

export interface CloseFlags {
  readonly period?: string;
  readonly through?: string;
  readonly accept?: string[];
  readonly dryRun?: boolean;
}

/** One month, or all up to one. @throws ValidationError `usage-invalid` unless exactly one of the two is named. */
export function closePeriods({ period, through, accept = [], dryRun = false }: CloseFlags): CommandAction {
  if (period !== undefined && through === undefined && !dryRun) return closePeriod(period, accept);
  if (through !== undefined && period === undefined) return closeThrough(through, accept, dryRun);
  throw new ValidationError('usage-invalid', dryRun ? '--dry-run goes with --through.' : 'Name one month with --period, or the last of several with --through.', { nextStep: 'See daybook ledger close --help.' });
}

/** Stops at the first month that cannot be closed; the ones before it are closed then, each with its own row in the log. */
function closeThrough(through: string, accept: string[], isRehearsal: boolean): CommandAction {
  return async ({ client, output }) => {
    const preview = await client.ledger.closePreview({ through, acceptedReasons: accept });
    const closed: Period[] = [];
    if (!isRehearsal) for (const { month, isClosable } of preview.months) if (isClosable) closed.push(await client.ledger.closePeriod({ commandId: randomUUID(), month, acceptedReasons: accept }));
    output.answer({ ...preview, closed }, (out) => {
      for (const { month, isClosable, checklist } of preview.months) {
        const view = closed.find((each) => each.month === month);
        out.line(isClosable ? `${month} ${view ? `is closed at entry ${(view.headSequence ?? 0).toLocaleString('en-US')}.` : 'can be closed.'}` : `${month} cannot be closed yet:`);
        for (const item of checklist) if (!item.isFine) out.line(`  ${item.detail ?? item.title}`);
      }
      if (preview.stopsAt !== null) out.line(`${isRehearsal ? 'It would end there.' : 'It ended there; that month and the ones after it are open.'}`);
    });
    return preview.stopsAt === null ? 0 : 1;
  };
}

function closePeriod(month: string, accept: string[]): CommandAction {
  return say(
    ({ client }) => client.ledger.closePeriod({ commandId: randomUUID(), month, acceptedReasons: accept }),
    (period) => `${period.month} is closed at entry ${(period.headSequence ?? 0).toLocaleString('en-US')}. What comes in for it later goes to the first open month.`,
  );
}

export function setRevaluation(wanted: string): CommandAction {
  return async ({ client, output }) => {
    const answer = await client.ledger.setRevaluation({ commandId: randomUUID(), isOn: wanted === 'on' });
    output.answer(answer, (out) => out.line(answer.revaluation === 'on' ? 'Closing a month revalues foreign balances at the month-end rate from now on, on every desk.' : 'Months are closed without revaluation from now on, on every desk.'));
    return 0;
  };
}

export function reopenPeriod({ period: month, reason }: { period: string; reason: string }): CommandAction {
  return say(
    ({ client }) => client.ledger.requestReopen({ commandId: randomUUID(), month, reason }),
    (period) => (period.state === 'closed' ? `Asked to open ${period.month}. Another accountant or an admin approves it: daybook ledger approve-reopen --period ${period.month}.` : `${period.month} is open again.`),
  );
}

export function approveReopen({ period: month }: { period: string }): CommandAction {
  return say(({ client }) => client.ledger.approveReopen({ commandId: randomUUID(), month }), (period) => `${period.month} is open again.`);
}

export function declineReopen({ period: month, reason }: { period: string; reason: string }): CommandAction {
  return say(({ client }) => client.ledger.declineReopen({ commandId: randomUUID(), month, reason }), (period) => `${period.month} stays closed.`);
}

export function reverseEntry(id: string, { reason }: { reason: string }): CommandAction {
  return async ({ client, output }) => {
    const outcome = await client.ledger.reverseEntry({ commandId: randomUUID(), id, reason });
    output.answer(outcome, (out) => out.line(`Reversed by ${outcome.id}, dated ${outcome.entryDate}${outcome.state === 'pending' ? '; it waits to be sealed' : ''}.`));
    return 0;
  };
}

/** At most 500, the oldest first. */
export function listPending(): CommandAction {
  return async ({ client, output }) => {
    const answer = await client.ledger.pending({ limit: 500, sort: { column: 'recordedAt', direction: 'ascending' } });
    output.answer(answer, (out) => {
      out.table(answer.rows, [
        { title: 'Id', text: (row) => row.id },
        { title: 'Date', text: (row) => row.entryDate },
        { title: 'Kind', text: (row) => row.kind },
        { title: 'Memo', text: (row) => row.memo },
        { title: 'Left because', text: (row) => row.reasonCode ?? 'not sent yet' },
        { title: 'Amount', align: 'right', text: (row) => row.amounts.map((each) => `${toDecimalString(each.amount, each.currency)} ${each.currency.toUpperCase()}`).join(', ') },
      ]);
      out.line(answer.total === 0 ? 'Every entry is sealed.' : `${answer.total.toLocaleString('en-US')} ${answer.total === 1 ? 'entry waits' : 'entries wait'} to be sealed${answer.total > answer.rows.length ? `; the first ${answer.rows.length} are shown` : ''}.`);
    });
    return 0;
  };
}

export function withdrawPending(id: string, { reason }: { reason: string }): CommandAction {
  return async ({ client, output }) => {
    const outcome = await client.ledger.withdrawPending({ commandId: randomUUID(), id, reason });
    output.answer(outcome, (out) => out.line(`${outcome.id} is taken back. The audit log keeps it.`));
    return 0;
  };
}
