/** `daybook reconcile close`: the checklist of a month, the signature under it, and its evidence pack. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { closeCheckCodes, type CloseView } from '../../shared/api/close-evidence.contract.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { moneyText, writeOutputFile, type HumanOutput } from '../output.ts';
import type { CommandAction } from './command.ts';

export interface ReconcileCloseFlags {
  readonly period: string;
  readonly signOff?: boolean;
  readonly withdraw?: string;
  readonly note?: string;
  readonly accept?: string[];
  readonly evidence?: string;
}

/** Exit 0 where everything is fine or the month is signed, 1 where something stands in the way. */
export function reconcileClose(flags: ReconcileCloseFlags): CommandAction {
  return async ({ client, output }) => {
    if (flags.signOff && flags.withdraw !== undefined) throw new ValidationError('usage-invalid', 'A month is signed off, or its signature is taken back: not both at once.', { nextStep: 'See daybook reconcile close --help.' });
    const month = flags.period;
    const accepted = (flags.accept ?? []).map(acceptedOf);
    const view = flags.signOff
      ? await client.closeEvidence.signOff({ commandId: randomUUID(), month, note: flags.note ?? null, accepted })
      : flags.withdraw !== undefined ? await client.closeEvidence.withdraw({ commandId: randomUUID(), month, reason: flags.withdraw }) : await client.closeEvidence.read({ month });
    const evidence = flags.evidence === undefined ? null : await takeEvidence(client, month, flags.evidence);
    output.answer({ ...view, evidence }, (out) => {
      printChecks(out, view);
      if (evidence) out.line(`${evidence.file}: ${evidence.files.length} files. “sha256sum -c SHA256SUMS” verifies them.`);
    });
    return view.signOff || view.checks.every((check) => check.isFine) ? 0 : 1;
  };
}

async function takeEvidence(client: Parameters<CommandAction>[0]['client'], month: string, place: string): Promise<{ file: string; files: { name: string; sha256: string; bytes: number }[] }> {
  const pack = await client.closeEvidence.pack({ month });
  const file = resolve(place);
  writeOutputFile(file, pack.bytes, (await client.settings.get({})).dataFolder);
  return { file, files: pack.files };
}

/** 'suspense-explained=The fee of October' */
function acceptedOf(text: string): { code: (typeof closeCheckCodes)[number]; reason: string } {
  const at = text.indexOf('=');
  const code = closeCheckCodes.find((each) => each === text.slice(0, at));
  const reason = text.slice(at + 1).trim();
  if (at < 0 || code === undefined || reason.length < 3) {
    throw new ValidationError('usage-invalid', `“${text}” does not name a check and why it is accepted.`, { data: { codes: [...closeCheckCodes] }, nextStep: `Write it as check=reason; the checks are ${closeCheckCodes.join(', ')}.` });
  }
  return { code, reason };
}

function printChecks(out: HumanOutput, view: CloseView): void {
  for (const check of view.checks) {
    const because = view.signOff?.checks.find((each) => each.code === check.code)?.acceptedBecause;
    out.line(`  ${check.isFine ? 'ok ' : because ? 'acc' : 'NO '} ${check.title}${check.detail ? `: ${check.detail}` : ''}${check.amounts.length > 0 ? ` (${check.amounts.map((each) => moneyText(each.amount, each.currency)).join(', ')})` : ''}${because ? ` Accepted: ${because}` : ''}`);
  }
  out.line();
  out.line(view.signOff ? `${view.month} is signed off by ${view.signOff.actor}, on head no. ${view.signOff.headSequence.toLocaleString('en-US')}.${view.hasMovedOn ? ' Entries of the month or an earlier one came in since.' : ''}` : `${view.month} is not signed off.`);
  out.line(view.books.state === 'closed' ? 'Its books are closed.' : `Its books are ${view.books.state === 'none' ? 'empty' : view.books.state}; daybook ledger close closes them.`);
}
