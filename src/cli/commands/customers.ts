import type { z } from 'zod';
import type { customerFilterSchema, customerSortSchema } from '../../shared/api/customers.contract.ts';
import { moneyText } from '../output.ts';
import type { CommandAction } from './command.ts';

type CustomerFilter = z.infer<typeof customerFilterSchema>;
type CustomerSort = z.infer<typeof customerSortSchema>;
type Money = { readonly amount: number; readonly currency: string };

/** What `customers list` and `export customers` are narrowed and put in order by. */
export interface CustomerFlags {
  readonly standing?: NonNullable<CustomerFilter['standing']>;
  readonly country?: string;
  readonly currency?: string;
  readonly text?: string;
  readonly sort?: CustomerSort['column'];
}

export function customerFilterOf({ standing, country, currency, text }: CustomerFlags): CustomerFilter {
  return { ...(standing ? { standing } : {}), ...(country ? { country: country.toUpperCase() } : {}), ...(currency ? { currency } : {}), ...(text ? { text } : {}) };
}

/** Names from A, figures and dates from the largest and newest. */
export function customerSortOf({ sort }: CustomerFlags): CustomerSort | undefined {
  return sort && { column: sort, direction: sort === 'name' || sort === 'country' ? 'ascending' : 'descending' };
}

const moneyList = (list: readonly Money[]): string => list.map(({ amount, currency }) => moneyText(amount, currency)).join(', ');

export function listCustomers({ limit, ...flags }: CustomerFlags & { limit: number }): CommandAction {
  return async ({ client, output }) => {
    const sort = customerSortOf(flags);
    const page = await client.customers.list({ limit, filter: customerFilterOf(flags), ...(sort ? { sort } : {}) });
    output.answer({ customers: page.rows, total: page.total, sums: page.sums }, (out) => {
      out.table(page.rows, [
        { title: 'Name', text: (row) => (row.isDeleted ? `${row.name} (deleted)` : row.name) },
        { title: 'E-mail', text: (row) => row.email ?? '' },
        { title: 'Country', text: (row) => row.country ?? '' },
        { title: 'Since', text: (row) => row.createdOn },
        { title: 'MRR', align: 'right', text: (row) => (row.mrr ? moneyText(row.mrr.amount, row.mrr.currency) : 'n/a') },
        { title: 'Owes', align: 'right', text: (row) => moneyList(row.openReceivable) },
        { title: 'Paid so far', align: 'right', text: (row) => moneyList(row.lifetimePaid) },
        { title: 'Id', text: (row) => row.id },
      ]);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} customers, who owe ${moneyList(page.sums) || 'nothing'}`);
    });
    return 0;
  };
}

export function showCustomer(id: string): CommandAction {
  return async ({ client, output }) => {
    const customer = await client.customers.show({ id });
    output.answer(customer, (out) => {
      out.line(`${customer.name} · ${customer.email ?? 'no e-mail'} · ${customer.country ?? 'country unknown'} · since ${customer.createdOn}`);
      const facts: [string, string][] = [
        ['MRR', customer.mrr ? `${moneyText(customer.mrr.amount, customer.mrr.currency)} at the end of ${customer.mrrMonth ?? ''}` : 'not worked out yet'], ['Owes', moneyList(customer.openReceivable) || 'nothing'], ['Paid so far', moneyList(customer.lifetimePaid) || 'nothing'],
        ['Balance', customer.balance ? moneyText(customer.balance.amount, customer.balance.currency) : 'none'], ['Invoices', customer.invoicesTotal.toLocaleString('en-US')], ['Payments', customer.paymentsTotal.toLocaleString('en-US')], ['Entries', customer.entriesTotal.toLocaleString('en-US')],
      ];
      for (const [label, value] of facts) out.line(`${label.padEnd(12)} ${value}`);
      out.table(customer.subscriptions, [
        { title: 'Subscription', text: (row) => row.id },
        { title: 'Status', text: (row) => row.status },
        { title: 'Since', text: (row) => row.startedOn ?? '' },
        { title: 'Ended', text: (row) => row.endedOn ?? '' },
        { title: 'For', text: (row) => row.items.map((item) => `${item.quantity === null ? '' : `${item.quantity} × `}${item.productName}${item.unitAmount ? ` at ${moneyText(item.unitAmount.amount, item.unitAmount.currency)}` : ''}${item.interval === null ? '' : ` a ${item.interval}`}`).join(', ') },
      ]);
    });
    return 0;
  };
}
