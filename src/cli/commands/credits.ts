/** What customers have as credit, and paying it out. */
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import { fromDecimalString } from '../../shared/money/money.ts';
import { newId } from '../../main/platform/ids.ts';
import { moneyText } from '../output.ts';
import type { CommandAction } from './command.ts';
import { answerActs } from './invoice-acts.ts';

type Client = Parameters<CommandAction>[0]['client'];

/** What customers have as credit and what became of it, newest first. */
export function listCredits(options: { customer?: string; left?: boolean; limit: number }): CommandAction {
  return async ({ client, output }) => {
    const credits = await client.invoices.listCredits({ onlyLeft: options.left ?? false, limit: options.limit, ...(options.customer ? { partyId: options.customer } : {}) });
    output.answer({ credits }, (out) => out.table(credits, [
      { title: 'Date', text: (row) => row.on ?? '' },
      { title: 'Customer', text: (row) => row.customerName },
      { title: 'From', text: (row) => (row.isTakenBack ? `${row.document}, taken back` : row.document) },
      { title: 'Given', align: 'right', text: (row) => moneyText(row.grantedMinor, row.currency) },
      { title: 'Used', align: 'right', text: (row) => moneyText(row.usedMinor, row.currency) },
      { title: 'Paid out', align: 'right', text: (row) => moneyText(row.paidOutMinor, row.currency) },
      { title: 'Left', align: 'right', text: (row) => moneyText(row.leftMinor, row.currency) },
      { title: 'Invoices up to', text: (row) => row.expiresOn ?? '' },
      { title: 'Id', text: (row) => row.id },
    ]));
    return 0;
  };
}

/** A credit by its id or the number of what gave it, else a receipt by its id. @throws NotFoundError `credit-not-found`. */
async function findSource(client: Client, text: string): Promise<{ readonly source: { creditId: string } | { receiptId: string }; readonly currency: string }> {
  const [credit] = await client.invoices.listCredits({ find: text, limit: 1 });
  if (credit) return { source: { creditId: credit.id }, currency: credit.currency };
  const receipt = (await client.invoices.listReceipts({ limit: 500 })).find((each) => each.id === text);
  if (!receipt) throw new NotFoundError('credit-not-found', `There is no credit and no receipt ${text}.`, { nextStep: 'See daybook invoices credits and daybook invoices receipts --unapplied.' });
  return { source: { receiptId: receipt.id }, currency: receipt.amount.currency };
}

/**
 * Pays a credit out, or back what is left of a receipt; with `dryRun` shows what that would post.
 * @param options.amount in the credit's currency, as a decimal; left out: all that is left.
 * @throws ValidationError `input-invalid` without the bank's reference; NotFoundError `credit-not-found`; what `payOutCredit` of the contract throws.
 */
export function payOut(what: string, options: { amount?: string; on?: string; reference?: string; dryRun?: boolean }): CommandAction {
  return async ({ client, output }) => {
    const { source, currency } = await findSource(client, what);
    const wish = { source, ...(options.amount === undefined ? {} : { amountMinor: fromDecimalString(options.amount, currency) }), ...(options.on ? { on: options.on } : {}) };
    if (options.dryRun) {
      const preview = await client.invoices.previewCreditPayment(wish);
      output.answer(preview, (out) => {
        out.line(`It would pay ${moneyText(preview.amountMinor, currency)} on ${preview.on}; ${moneyText(preview.leftMinor - preview.amountMinor, currency)} would be left.`);
        out.table(preview.postings, [
          { title: 'Account', text: (row) => row.accountCode },
          { title: 'Debit', align: 'right', text: (row) => (row.direction === 'debit' ? moneyText(row.amount.amount, row.amount.currency) : '') },
          { title: 'Credit', align: 'right', text: (row) => (row.direction === 'credit' ? moneyText(row.amount.amount, row.amount.currency) : '') },
        ]);
      });
      return 0;
    }
    if (options.reference === undefined) throw new ValidationError('input-invalid', 'A payment has the bank’s reference: give it with --reference, or look first with --dry-run.');
    const answer = await client.invoices.payOutCredit({ commandId: newId(), ...wish, bankReference: options.reference });
    if ('creditId' in source) return answerActs(output, answer);
    output.answer(answer, (out) => out.line(`Paid back. The act is ${answer.actIds[0] ?? ''}.`));
    return 0;
  };
}
