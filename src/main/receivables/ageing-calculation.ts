/**
 * Ageing and statements from movements of the receivable (domain.md §4). Pure.
 */
import { daysBetween, type LocalDate } from '../../shared/calendar/local-date.ts';

/** Something that moved what an invoice has open: the invoice itself, its void, an act or what took it back. */
export interface ReceivableMovement {
  readonly on: LocalDate;
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly dueOn: LocalDate;
  readonly partyId: string;
  readonly customerName: string;
  readonly currency: string;
  /** `invoice`, `void`, or the kind of the act, `…-reversed` where it was taken back. */
  readonly kind: string;
  /** Number of a credit note, bank reference, or the invoice's number. */
  readonly document: string;
  /** Positive: owed more. */
  readonly amountMinor: number;
}

export interface Buckets {
  readonly currentMinor: number;
  readonly days1To30Minor: number;
  readonly days31To60Minor: number;
  readonly days61To90Minor: number;
  readonly days91PlusMinor: number;
  readonly totalMinor: number;
}

export interface AgedInvoice {
  readonly id: string;
  readonly number: string;
  readonly dueOn: LocalDate;
  /** Not above 0 while it is not overdue. */
  readonly daysOverdue: number;
  readonly openMinor: number;
}

export interface AgeingRow extends Buckets {
  readonly partyId: string;
  readonly customerName: string;
  readonly currency: string;
  readonly invoices: readonly AgedInvoice[];
}

/** The due day itself is not overdue; the 30th day after it is the last of the first bucket. */
export function bucketOf(daysOverdue: number): Exclude<keyof Buckets, 'totalMinor'> {
  if (daysOverdue <= 0) return 'currentMinor';
  if (daysOverdue <= 30) return 'days1To30Minor';
  if (daysOverdue <= 60) return 'days31To60Minor';
  return daysOverdue <= 90 ? 'days61To90Minor' : 'days91PlusMinor';
}

const noBuckets: Buckets = { currentMinor: 0, days1To30Minor: 0, days31To60Minor: 0, days61To90Minor: 0, days91PlusMinor: 0, totalMinor: 0 };

export function sumBuckets(parts: readonly Buckets[]): Buckets {
  const sums = { ...noBuckets };
  for (const part of parts) for (const name of Object.keys(noBuckets) as (keyof Buckets)[]) sums[name] += part[name];
  return sums;
}

/** What is owed to a customer in a currency beside what the customer owes. */
export interface OwedToCustomer {
  readonly partyId: string;
  readonly currency: string;
  readonly amountMinor: number;
}

const byNameAndCurrency = (a: Pick<AgeingRow, 'customerName' | 'currency'>, b: typeof a): number => a.customerName.localeCompare(b.customerName, 'en') || (a.currency < b.currency ? -1 : 1);

/** Ageing with what is owed to each customer beside it; who has nothing open, but something unapplied or kept as credit, has a row too. */
export function withOwedToCustomers(rows: readonly AgeingRow[], unapplied: readonly OwedToCustomer[], credits: readonly OwedToCustomer[], nameOf: (partyId: string) => string): (AgeingRow & { readonly unappliedMinor: number; readonly creditMinor: number })[] {
  const keyOf = ({ partyId, currency }: Pick<OwedToCustomer, 'partyId' | 'currency'>): string => `${partyId}/${currency}`;
  const amounts = (some: readonly OwedToCustomer[]): ReadonlyMap<string, number> => new Map(some.map((each) => [keyOf(each), each.amountMinor]));
  const [unappliedOf, creditOf] = [amounts(unapplied), amounts(credits)];
  const known = new Set(rows.map(keyOf));
  const others = new Map([...unapplied, ...credits].filter((each) => !known.has(keyOf(each))).map((each) => [keyOf(each), each]));
  const all = [...rows, ...[...others.values()].map(({ partyId, currency }): AgeingRow => ({ partyId, customerName: nameOf(partyId), currency, ...noBuckets, invoices: [] }))];
  return all.sort(byNameAndCurrency).map((row) => ({ ...row, unappliedMinor: unappliedOf.get(keyOf(row)) ?? 0, creditMinor: creditOf.get(keyOf(row)) ?? 0 }));
}

/** What is open at the end of a day, by customer and currency, in the order of their names. */
export function ageingOf(movements: readonly ReceivableMovement[], asOf: LocalDate): AgeingRow[] {
  const upTo = movements.filter((movement) => movement.on <= asOf);
  const rows = [...Map.groupBy(upTo, ({ partyId, currency }) => `${partyId}/${currency}`).values()].flatMap((ofCustomer): AgeingRow[] => {
    const [first] = ofCustomer;
    if (!first) return [];
    const invoices = [...Map.groupBy(ofCustomer, ({ invoiceId }) => invoiceId).values()].flatMap((ofInvoice): AgedInvoice[] => {
      const [{ invoiceId: id, invoiceNumber: number, dueOn } = first] = ofInvoice;
      const openMinor = ofInvoice.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
      return openMinor === 0 ? [] : [{ id, number, dueOn, daysOverdue: daysBetween(dueOn, asOf), openMinor }];
    });
    const { partyId, customerName, currency } = ofCustomer.at(-1) ?? first;
    const buckets = sumBuckets(invoices.map(({ daysOverdue, openMinor }) => ({ ...noBuckets, [bucketOf(daysOverdue)]: openMinor, totalMinor: openMinor })));
    return invoices.length === 0 ? [] : [{ partyId, customerName, currency, ...buckets, invoices: invoices.sort((a, b) => b.daysOverdue - a.daysOverdue || (a.number < b.number ? -1 : 1)) }];
  });
  return rows.sort(byNameAndCurrency);
}

export interface StatementLine {
  readonly on: LocalDate;
  readonly kind: string;
  readonly document: string;
  readonly text: string;
  readonly debitMinor: number;
  readonly creditMinor: number;
  readonly balanceMinor: number;
}

/** Something that moved what is owed to a customer beside the receivable: a receipt that no invoice has taken, a credit, and what became of them. */
export interface OwedMovement {
  readonly on: LocalDate;
  readonly currency: string;
  /** The kind of the act, `…-reversed` where it was taken back. */
  readonly kind: string;
  readonly receiptId: string | null;
  readonly document: string;
  /** Positive: the customer has more. */
  readonly amountMinor: number;
}

export interface OwedLine {
  readonly on: LocalDate;
  readonly kind: string;
  readonly document: string;
  readonly text: string;
  readonly amountMinor: number;
  readonly balanceMinor: number;
}

/** What a customer has with us beside what is open: credit, and receipts that no invoice has taken. */
export interface StatementInFavour {
  readonly openingMinor: number;
  readonly closingMinor: number;
  readonly lines: readonly OwedLine[];
}

export interface StatementOfCurrency {
  readonly currency: string;
  readonly openingMinor: number;
  readonly closingMinor: number;
  readonly lines: readonly StatementLine[];
  readonly inFavour: StatementInFavour;
}

const byDay = (a: { readonly on: LocalDate }, b: typeof a): number => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0);
const owedTexts: Readonly<Record<string, string>> = {
  receipt: 'Received, not applied', allocation: 'Applied to invoices', 'credit-note': 'Credit note, kept as credit', 'credit-carried': 'Invoice of less than nothing, kept as credit', 'credit-application': 'Used by an invoice', 'credit-payment': 'Paid out to the customer',
};

/** A payment that is received and applied on one day left nothing with us: of each receipt only what a day changed is told. */
function netOfReceipts(movements: readonly OwedMovement[]): OwedMovement[] {
  const dayOf = ({ kind, on, receiptId }: OwedMovement): string | null => (/^(receipt|allocation)/.test(kind) ? `${on}/${receiptId ?? ''}` : null);
  const sums = new Map<string, number>();
  for (const movement of movements) {
    const day = dayOf(movement);
    if (day !== null) sums.set(day, (sums.get(day) ?? 0) + movement.amountMinor);
  }
  // The sum stands where the day's first movement of the receipt stood.
  return movements.flatMap((movement): OwedMovement[] => {
    const day = dayOf(movement);
    if (day === null) return [movement];
    const amountMinor = sums.get(day) ?? 0;
    sums.delete(day);
    return amountMinor === 0 ? [] : [{ ...movement, kind: amountMinor > 0 ? 'receipt' : 'allocation', amountMinor }];
  });
}

function inFavourOf(movements: readonly OwedMovement[], from: LocalDate, to: LocalDate): StatementInFavour {
  const openingMinor = movements.filter(({ on }) => on < from).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  let balanceMinor = openingMinor;
  const lines = netOfReceipts(movements.filter(({ on }) => on >= from && on <= to)).sort(byDay).map(({ on, kind, document, amountMinor }): OwedLine => {
    balanceMinor += amountMinor;
    const taken = /^(.*)-reversed$/.exec(kind)?.[1];
    return { on, kind, document, text: taken === undefined ? (owedTexts[kind] ?? kind) : `${owedTexts[taken] ?? taken}, taken back`, amountMinor, balanceMinor };
  });
  return { openingMinor, closingMinor: balanceMinor, lines };
}

/** What a customer was billed, paid and was credited from one day to another, both inclusive; beside it what the customer has with us. */
export function statementOf(movements: readonly ReceivableMovement[], owed: readonly OwedMovement[], from: LocalDate, to: LocalDate): StatementOfCurrency[] {
  const currencies = [...new Set([...movements, ...owed].map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const ofCurrency = movements.filter((movement) => movement.currency === currency);
    const openingMinor = ofCurrency.filter(({ on }) => on < from).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    let balanceMinor = openingMinor;
    const within = ofCurrency.filter(({ on }) => on >= from && on <= to).sort(byDay);
    const lines = within.map(({ on, kind, document, invoiceNumber, amountMinor }): StatementLine => {
      balanceMinor += amountMinor;
      return { on, kind, document, text: kind === 'invoice' ? `Invoice ${invoiceNumber}` : `${kind.replaceAll('-', ' ')}, invoice ${invoiceNumber}`, debitMinor: Math.max(0, amountMinor), creditMinor: Math.max(0, -amountMinor), balanceMinor };
    });
    return { currency, openingMinor, closingMinor: balanceMinor, lines, inFavour: inFavourOf(owed.filter((movement) => movement.currency === currency), from, to) };
  });
}
