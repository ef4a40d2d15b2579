/** The inbox's filter between the address and the contract. */
import type { InboxFilter } from '../../../../shared/api/workbench.contract.ts';
import { ageBandSchema, groupingSchema } from '../../../../shared/api/workbench.contract.ts';
import { discrepancyReasonSchema, discrepancyStatuses, reconciliationLevelSchema } from '../../../../shared/api/reconciliation.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { fromDecimalString } from '../../../../shared/money/money.ts';
import { oneOf } from '../../lib/url-filter.ts';

export const inboxParameters = ['status', 'reason', 'level', 'assignee', 'currency', 'age', 'overdue', 'from', 'to', 'least', 'reaching', 'timing', 'text', 'waits', 'group'] as const;
export type InboxParameters = Partial<Record<(typeof inboxParameters)[number], string>>;
/** All that narrows the list besides the state of the work, as it is taken away. */
export const cleared = { reason: null, level: null, assignee: null, currency: null, age: null, overdue: null, from: null, to: null, least: null, reaching: null, timing: null, text: null, waits: null } as const satisfies Partial<Record<keyof InboxParameters, null>>;
export const isNarrowed = (parameters: InboxParameters): boolean => Object.keys(cleared).some((name) => parameters[name as keyof typeof cleared] !== undefined);
/** What stands for “nobody yet” in the address. */
export const nobody = '-';

/**
 * Nothing chosen means the open ones: the inbox is for work. “All” is said in the address. An amount needs a currency: its minor units are that currency’s.
 */
export function inboxFilterOf(parameters: InboxParameters, functionalCurrency: string): InboxFilter {
  const status = oneOf(discrepancyStatuses, parameters.status);
  const state = oneOf(['due', 'unsettled', 'all'] as const, parameters.status);
  const { assignee, currency, from, to, text, least } = parameters;
  const isForPeople = assignee !== undefined || parameters.overdue === 'yes' || parameters.waits === 'yes';
  return withoutUndefined({
    ...(status ? { status } : state ? { state } : isForPeople ? { state: 'unsettled' as const } : { status: 'open' as const }),
    reason: oneOf(discrepancyReasonSchema.options, parameters.reason), level: oneOf(reconciliationLevelSchema.options, parameters.level), currency, age: oneOf(ageBandSchema.options, parameters.age), from, to, text,
    ...(assignee === undefined ? {} : { assignee: assignee === nobody ? '' : assignee }), overdue: parameters.overdue === 'yes' ? true : undefined, waitsForSecondPerson: parameters.waits === 'yes' ? true : undefined,
    amountFrom: amountOf(least, currency ?? functionalCurrency), reaching: reachingOf(parameters), timing: parameters.timing === 'no' ? false : undefined,
  });
}

/** A limit as it comes to in each currency, as links from elsewhere say it: `eur.9200~usd.10000`. Undefined where it says nothing that can be read. */
export function reachingOf({ reaching }: Pick<InboxParameters, 'reaching'>): NonNullable<InboxFilter['reaching']> | undefined {
  const read = (reaching ?? '').split('~').flatMap((part) => {
    const [, currency = '', amount = ''] = /^([a-z]{3})\.(\d{1,15})$/.exec(part) ?? [];
    return isCurrencyCode(currency) ? [{ currency, amountMinor: Number(amount) }] : [];
  });
  return read.length === 0 ? undefined : read;
}

function amountOf(text: string | undefined, currency: string): number | undefined {
  if (text === undefined) return undefined;
  try {
    return fromDecimalString(text, currency);
  } catch {
    return undefined; // typed by hand into the address: it narrows nothing
  }
}

export const groupingOf = (parameters: InboxParameters) => oneOf(groupingSchema.options, parameters.group);

/** The filter that shows one group, as parameters. */
export function parametersOfGroup(by: NonNullable<ReturnType<typeof groupingOf>>, key: string): Partial<Record<(typeof inboxParameters)[number], string | null>> {
  switch (by) {
    case 'assignee': return { assignee: key === '' ? nobody : key };
    case 'due': return key === 'overdue' ? { overdue: 'yes' } : {};
    case 'reason': return { reason: key };
    case 'level': return { level: key };
    case 'currency': return { currency: key };
    case 'age': return { age: key };
    case 'status': return { status: key };
  }
}

/** '' of an assignee means nobody, so only what is undefined is left out. */
function withoutUndefined(filter: { [Key in keyof InboxFilter]: InboxFilter[Key] | undefined }): InboxFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as InboxFilter;
}
