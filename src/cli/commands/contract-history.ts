import { ValidationError } from '../../shared/errors/errors.ts';
import { instantText, moneyText } from '../output.ts';
import type { CommandAction } from './command.ts';
import { findTarget, readSettings } from './contract-target.ts';
import { currencyOf, fieldWords } from './field-words.ts';

export function listVersions(id: string): CommandAction {
  return async ({ client, output, timeZone }) => {
    const target = await findTarget(client, id);
    const versions = await client.contracts.versions({ entity: target.entity, id: target.id });
    const currency = await currencyOf(client, target.entity, target.id);
    output.answer({ versions }, (out) =>
      out.table(versions, [
        { title: 'Version', align: 'right', text: (one) => `${one.version}${one.isCurrent ? '*' : ''}` },
        { title: 'When', text: (one) => instantText(one.recordedAt, timeZone) },
        { title: 'Who', text: (one) => one.author },
        { title: 'Why', text: (one) => one.reason ?? '' },
        { title: 'What', text: (one) => (one === versions.at(-1) ? 'made' : one.changed.map((field) => `${field.label}: ${fieldWords(one.entity, field.column, field.from, currency)} → ${fieldWords(one.entity, field.column, field.to, currency)}`).join('; ')) },
      ]),
    );
    return 0;
  };
}

export function compareVersions(id: string, { from, to }: { from: number; to: number }): CommandAction {
  return async ({ client, output }) => {
    const target = await findTarget(client, id);
    const compared = await client.contracts.compare({ entity: target.entity, id: target.id, from, to });
    const currency = await currencyOf(client, target.entity, target.id);
    output.answer(compared, (out) => {
      out.table(compared.fields, [
        { title: 'Field', text: (field) => field.label },
        { title: `Version ${from}`, text: (field) => fieldWords(target.entity, field.column, field.from, currency) },
        { title: `Version ${to}`, text: (field) => fieldWords(target.entity, field.column, field.to, currency) },
      ]);
      const { billed } = compared;
      const total = (money: { amount: number; currency: string } | null): string => (money ? moneyText(money.amount, money.currency) : 'nothing that can be rated');
      if (billed) out.line(`${billed.month} would have come to ${total(billed.from)} under version ${from} and ${total(billed.to)} under version ${to}, tax included.`);
    });
    return 0;
  };
}

export function restoreVersion(id: string, { version, reason }: { version: number; reason: string }): CommandAction {
  return async ({ client, output }) => {
    const target = await findTarget(client, id);
    const change = await client.contracts.restore({ commandId: crypto.randomUUID(), entity: target.entity, id: target.id, version, reason });
    output.answer(change, (out) => out.line(`${change.state}: version ${version} is to stand again, by ${change.author}: ${change.reason}`));
    return 0;
  };
}

/** With `--from` as an amendment from that day on, else in the place of the terms as they stand. */
export function rehearseContract(id: string, { set = [], from }: { set?: readonly string[]; from?: string }): CommandAction {
  return async ({ client, output }) => {
    const target = await findTarget(client, id);
    if (target.entity === 'partner') throw new ValidationError('input-invalid', 'A partner has no terms of its own.', { nextStep: 'Name a contract, by its id or its prefix, or an amendment.' });
    const contractId = target.entity === 'contract' ? target.id : String(target.values['contract_id']);
    const isAmending = from !== undefined;
    const entity = isAmending ? 'amendment' : target.entity;
    const result = await client.contracts.rehearse({ contractId, entity, id: isAmending ? null : target.id, values: { ...readSettings(entity, set), ...(isAmending ? { effective_from: from } : {}) } });
    const money = (amount: number | null): string => (amount === null ? 'n/a' : moneyText(amount, result.currency));
    output.answer(result, (out) => {
      out.line(`Now:      ${result.summaryBefore}`);
      out.line(`Proposed: ${result.summaryAfter}`);
      out.table(result.months, [
        { title: 'Month', text: (row) => row.month },
        { title: 'Deeds', align: 'right', text: (row) => row.deeds.toLocaleString('en-US') },
        { title: 'Requests', align: 'right', text: (row) => row.requests.toLocaleString('en-US') },
        { title: 'Now', align: 'right', text: (row) => money(row.before) },
        { title: 'Proposed', align: 'right', text: (row) => money(row.after) },
        { title: 'Difference', align: 'right', text: (row) => money(row.delta) },
      ]);
      if (result.delta !== null) out.line(`Over these months: ${money(result.delta)}, before tax${extremesText(result)}.`);
      out.line(result.breakEvenUnits === null ? 'There is no volume at which both cost the same.' : `Both cost the same at ${result.breakEvenUnits.toLocaleString('en-US')} ${result.meter} a month.`);
      if (result.invoicedMonths) out.line(`${invoicedText(result.invoicedMonths)}: those invoices keep the terms they were made with.`);
      for (const problem of result.problems) out.line(`Wrong: ${problem.message} (${problem.code})`);
    });
    return result.problems.length > 0 ? 1 : 0;
  };
}

/** '34 months from 2024-01 to 2026-10 are invoiced already' */
export const invoicedText = ({ count, from, to }: { readonly count: number; readonly from: string; readonly to: string }): string => (count === 1 ? `${from} is invoiced already` : `${count} months from ${from} to ${to} are invoiced already`);

/** The months in which the proposed terms cost the partner most and least against the standing ones, as far as there is any that costs more, or less. */
function extremesText({ months, dearestMonth, cheapestMonth }: { readonly months: readonly { readonly month: string; readonly delta: number | null }[]; readonly dearestMonth: string | null; readonly cheapestMonth: string | null }): string {
  const deltaOf = (month: string | null): number => months.find((row) => row.month === month)?.delta ?? 0;
  return `${deltaOf(dearestMonth) > 0 ? `; most against the partner in ${dearestMonth}` : ''}${deltaOf(cheapestMonth) < 0 ? `; most for the partner in ${cheapestMonth}` : ''}`;
}
