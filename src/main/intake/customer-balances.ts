/**
 * Reads what moved the credit of customers by hand. Stripe lists it per customer only, so it is asked for where the credit that is mirrored is not what invoices, credit notes and
 * known movements made of it. What then still differs, and differs at the next sync, is for a person.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { PermissionError, ProviderError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { raiseReview, settleReview } from '../ledger/review-items.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { countKnownMovements, differingBalances, forgetRead, markDifference, noteRead, readDifferences, type DifferingBalance } from './customer-balances.repository.ts';
import type { ObjectIntake } from './object-intake.ts';
import type { GatewayObject, GatewaySource } from './stripe-sync.ports.ts';

export interface CustomerBalancesDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  readonly objectIntake: ObjectIntake;
}

const readSideBySide = 4;

const reviewOf = (customerId: string) => ({ code: 'customer-credit-differs', subjectType: 'stripe-customer', subjectId: customerId });

/** The customer is gone, or the key may not read the list: then the difference itself is raised. */
const isRefused = (error: unknown): boolean => (error instanceof ProviderError && error.data['status'] === 404) || (error instanceof PermissionError && error.code === 'stripe-key-lacks-permission');

/**
 * Takes in what is new in a customer's list: all of it in one transaction, so that where one movement is known all earlier ones are.
 * @returns how many requests it took; none where the gateway has no such list.
 */
export async function readCustomerBalance({ readable, unitOfWork, source, objectIntake }: CustomerBalancesDependencies, customerId: string, signal: AbortSignal): Promise<number> {
  if (!source.customerBalance) return 0;
  const objects: GatewayObject[] = [];
  let requests = 0;
  let observedAt = 0;
  for (let startingAfter: string | undefined, isMore = true; isMore; ) {
    requests += 1;
    try {
      const page = await source.customerBalance(customerId, startingAfter, signal);
      objects.push(...page.objects);
      observedAt ||= page.observedAt;
      startingAfter = page.objects.at(-1)?.id;
      isMore = page.hasMore && startingAfter !== undefined && countKnownMovements(readable, page.objects.map(({ id }) => id)) === 0;
    } catch (error) {
      if (!isRefused(error)) throw error;
      isMore = false;
    }
  }
  if (objects.length > 0) unitOfWork.run('store a customer’s balance', (database) => objectIntake.takeAll(database, objects.map((object) => ({ object })), observedAt));
  return requests;
}

/**
 * @param mostRequests stops soon after so many; the rest is read by the next sync.
 * @throws what the gateway throws; what `control.signal` was aborted with. What was read until then is kept.
 */
export async function readCustomerBalances(dependencies: CustomerBalancesDependencies & { readonly clock: Clock }, mostRequests: number, control: WorkControl): Promise<void> {
  const { readable, unitOfWork, clock } = dependencies;
  if (!dependencies.source.customerBalance) return;
  settleOrRaise(dependencies);
  const differing = differingBalances(readable);
  let requests = 0;
  async function read({ customerId, balanceMinor }: DifferingBalance): Promise<void> {
    requests += await readCustomerBalance(dependencies, customerId, control.signal);
    unitOfWork.run('note a customer’s balance as read', (database) => noteRead(database, customerId, balanceMinor, clock.now()));
  }
  for (let done = 0; done < differing.length && requests < mostRequests; done += readSideBySide) {
    control.signal.throwIfAborted();
    control.report({ done, total: differing.length, note: 'Reading customers’ credit' });
    await Promise.all(differing.slice(done, done + readSideBySide).map(read));
  }
}

/** What was read before and still differs, and what ties again; lists that were read of what ties by now are read anew where it differs once more. */
function settleOrRaise({ readable, unitOfWork, clock }: Pick<CustomerBalancesDependencies, 'readable' | 'unitOfWork'> & { readonly clock: Clock }): void {
  const { unexplained: raised, settled, outdated } = readDifferences(readable);
  if (raised.length + settled.length + outdated.length === 0) return;
  unitOfWork.run('say which customers’ credit differs', (database) => {
    const now = clock.now();
    for (const { customerId, currency, toldMinor, movedMinor } of raised) {
      raiseReview(database, { ...reviewOf(customerId), message: `Stripe’s list of what moved the credit of customer ${customerId} comes to another amount than the books.`, data: { customerId, currency, stripeMinor: -toldMinor, booksMinor: -movedMinor, differenceMinor: movedMinor - toldMinor } }, now);
      markDifference(database, customerId, now);
    }
    for (const customerId of settled) {
      settleReview(database, reviewOf(customerId), now);
      markDifference(database, customerId, null);
    }
    for (const customerId of outdated) forgetRead(database, customerId);
  });
}
