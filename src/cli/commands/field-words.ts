/** What edits say, for a person at a terminal: amounts in their currency, shares in per cent, fields by their labels; programs get the values themselves. */
import type { z } from 'zod';
import type { changeSchema, FieldValueView } from '../../shared/api/changes.contract.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import { isCurrencyCode } from '../../shared/money/currency.ts';
import { findMergedField, type MergedEntity } from '../../main/contracts/contract-fields.ts';
import { formatBasisPoints } from '../../main/contracts/contract-terms.ts';
import { formatPrice } from '../../main/contracts/price-format.ts';
import { instantText, moneyText, type HumanOutput } from '../output.ts';
import { isNotFound, valueText } from './contract-target.ts';

export type ChangeView = z.infer<typeof changeSchema>;

/**
 * A value in words: '500.00 USD' for a flat fee, '8.25 %' for a tax rate, '30 days'; '—' where there is none.
 * @param currency of the contract; null where it is not known: amounts are then said in minor units.
 */
export function fieldWords(entity: MergedEntity, column: string, value: FieldValueView, currency: string | null): string {
  const kind = findMergedField(entity, column)?.kind;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') {
    if (kind === 'amount') return currency !== null && isCurrencyCode(currency) ? moneyText(value, currency) : `${value.toLocaleString('en-US')} minor units`;
    if (kind === 'basis-points') return formatBasisPoints(value);
    if (kind === 'days') return value === 1 ? '1 day' : `${value} days`;
    return value.toLocaleString('en-US');
  }
  if (kind === 'price' && typeof value === 'string' && currency !== null && /^\d+(\.\d+)?$/.test(value)) return `${formatPrice(value, currency)} ${currency.toUpperCase()}`;
  if (kind === 'currency' && typeof value === 'string') return value.toUpperCase();
  return valueText(entity, column, value);
}

/** The currency that a contract's or an amendment's amounts are in; null for a partner, and where the record is not known here. */
export async function currencyOf(client: DaybookClient, entity: MergedEntity, id: string): Promise<string | null> {
  if (entity === 'partner') return null;
  try {
    const { values, pendingValues } = await client.contracts.values({ entity, id });
    const known = { ...values, ...pendingValues };
    const contractId = known['contract_id'];
    if (entity === 'amendment') return typeof contractId === 'string' ? await currencyOf(client, 'contract', contractId) : null;
    return typeof known['currency'] === 'string' ? known['currency'] : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

const references: ReadonlySet<string> = new Set(['partner_id', 'contract_id']);
const saysNothing = (value: FieldValueView): boolean => value === null || value === 0 || value === '' || (Array.isArray(value) && value.length === 0);

/** One edit: where it is, and field by field what changes; of a new record what it says. As people decided its conflicts, where they did. @param timeZone null: without its time. */
export function printChange(out: HumanOutput, change: ChangeView, currency: string | null, timeZone: string | null): void {
  out.line(`${change.state}: ${change.operation} of ${change.title}, by ${change.author}${timeZone === null ? '' : ` on ${instantText(change.createdAt, timeZone)}`}: ${change.reason}`);
  if (change.problem) out.line(`${change.problem.message} (${change.problem.code})`);
  const { operation, fields } = { ...change, ...change.decided };
  const told = operation === 'create' ? fields.filter((field) => !references.has(field.column) && !saysNothing(field.to)) : fields;
  const wanted = fields.find((field) => field.column === 'currency')?.to;
  const inCurrency = currency ?? (typeof wanted === 'string' ? wanted : null);
  if (told.length > 0) {
    out.table(told, [
      { title: 'Field', text: (field) => field.label },
      ...(operation === 'create' ? [] : [{ title: 'From', text: (field: (typeof told)[number]) => fieldWords(change.entity, field.column, field.from, inCurrency) }]),
      { title: operation === 'create' ? 'Value' : 'To', text: (field) => fieldWords(change.entity, field.column, field.to, inCurrency) },
    ]);
  }
  if (change.decided) out.line(`As its conflict was decided, not as ${change.author} first wrote it.`);
}
