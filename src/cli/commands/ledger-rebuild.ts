/** `daybook ledger rebuild`. */
import { createReadStream, rmSync } from 'node:fs';
import type { z } from 'zod';
import type { rebuildDifferenceSchema, rebuildResultSchema, rebuildSideSchema } from '../../shared/api/ledger.contract.ts';
import { moneyText, startOutputFile, type HumanOutput, type OutputFile } from '../output.ts';
import type { CommandAction } from './command.ts';

type Result = z.infer<typeof rebuildResultSchema>;
type Side = z.infer<typeof rebuildSideSchema>;

const wholeNumber = (count: number): string => count.toLocaleString('en-US');
const listedAtMost = 20;

/** Exit 0 where the books are equal, 1 where they differ. */
export function rebuildLedger({ keep }: { keep?: string }): CommandAction {
  return async ({ client, output, runJob }) => {
    // Asked first: a place that cannot be written to is better known before than after.
    const file = keep === undefined ? null : startOutputFile(keep, (await client.settings.get({})).dataFolder);
    let result: Result;
    try {
      result = (await runJob('ledger-rebuild', file ? { options: { keep: true } } : {})).result as Result;
      if (file && result.keptFile !== null) await moveInto(file, result.keptFile);
    } catch (error) {
      file?.discard();
      throw error;
    }
    const answer = { ...result, keptFile: keep ?? null };
    output.answer(answer, (out) => printRebuild(out, answer));
    return answer.isEqual ? 0 : 1;
  };
}

/** Out of the data folder, where nothing is kept for long. */
async function moveInto(file: OutputFile, kept: string): Promise<void> {
  for await (const part of createReadStream(kept, { highWaterMark: 1_048_576 })) file.write(part as Buffer);
  file.finish();
  rmSync(kept, { force: true });
}

function printRebuild(out: HumanOutput, result: Result): void {
  const { isEqual, entriesHere, entriesRebuilt, recognisedThrough, unread, pending, replayedRates, differenceCount, differences, keptFile } = result;
  const recognition = recognisedThrough === null ? '' : `, and what was recognised through ${recognisedThrough}`;
  if (isEqual) out.line(`The books equal a rebuild from Stripe: ${wholeNumber(entriesHere)} entries by key, postings and month concerned${recognition}.`);
  else out.line(`The books do NOT equal a rebuild from Stripe: ${wholeNumber(differenceCount)} ${differenceCount === 1 ? 'difference' : 'differences'}; ${wholeNumber(entriesHere)} entries here, ${wholeNumber(entriesRebuilt)} from Stripe${recognition}.`);
  if (unread > 0) out.line(`${wholeNumber(unread)} more came in at Stripe since the last sync and are not read here yet: daybook sync stripe.`);
  if (pending > 0) out.line(`${wholeNumber(pending)} wait here for their seal: daybook sync postgres.`);
  if (replayedRates > 0) out.line(`${wholeNumber(replayedRates)} are valued at an earlier day’s rate, the latest that was known when they were booked.`);
  for (const difference of differences.slice(0, listedAtMost)) printDifference(out, difference);
  if (differenceCount > listedAtMost) out.line(`${wholeNumber(differenceCount - listedAtMost)} more are not shown.`);
  if (!isEqual) {
    out.line();
    out.line('Nothing was changed. What Stripe has and this ledger lacks comes in with daybook sync stripe --full; for anything else, run daybook ledger verify and ask who could write to the file.');
  }
  if (keptFile !== null) out.line(`The rebuilt ledger is kept as ${keptFile}.`);
}

function printDifference(out: HumanOutput, { message, key, here, rebuilt }: z.infer<typeof rebuildDifferenceSchema>): void {
  out.line();
  out.line(message);
  out.line(`  ${key}`);
  out.line(`  here:        ${here ? sideText(here) : 'nothing'}`);
  out.line(`  from Stripe: ${rebuilt ? sideText(rebuilt) : 'nothing'}`);
}

/** '2026-10-03, for 2026-09: Dr 1100-stripe-clearing 96.80 USD, Cr …' */
function sideText({ entryDate, concernsMonth, lines }: Side): string {
  const head = [entryDate, concernsMonth === null ? null : `for ${concernsMonth}`].filter((part) => part !== null).join(', ');
  const said = lines.map((line) => `${line.month === null ? '' : `${line.month} `}${line.direction === 'debit' ? 'Dr' : 'Cr'} ${line.accountCode} ${moneyText(line.amount.amount, line.amount.currency)}${line.rate === null ? '' : ` at ${line.rate}`}`);
  return `${head === '' ? '' : `${head}: `}${said.length === 0 ? 'nothing' : said.join(', ')}`;
}
