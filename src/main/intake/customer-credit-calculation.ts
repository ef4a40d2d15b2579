/**
 * Which portions of a customer's credit a movement uses: first in, first out, by the gateway's own times (docs/adr/0011). Pure.
 *
 * A customer's credit in a foreign currency comes in portions, each booked at the rate of its invoice. What is used leaves at the rate of the portion it is
 * taken from, so that credit that is used up is at zero in functional currency too. A balance may also be owed by the customer (an invoice too small to
 * collect): then it is the credit that settles it, by the same rule.
 */
import type { BookedBy } from '../ledger/valuation.ts';

/** A change of what a customer holds with us, as the gateway tells it. */
export interface CreditMovement {
  /** The end of the key of the entry that books it: it names the portion that the movement opens. */
  readonly id: string;
  /** Epoch milliseconds by the gateway's clock. */
  readonly at: number;
  /** Signed debit of customer credit: positive uses credit, negative adds to it. */
  readonly debitMinor: number;
  /** At whose rate it is booked where it opens a portion. */
  readonly bookedBy: BookedBy;
  /** The movement that this one takes back: its own portion goes first. */
  readonly takesBack?: string;
}

/** Signed debits that sum to the movement's, each at the rate of one portion. */
export interface CreditPart {
  readonly debitMinor: number;
  readonly bookedBy?: BookedBy;
}

interface Portion {
  readonly id: string;
  readonly bookedBy: BookedBy;
  /** Signed as the movement that opened it. */
  restMinor: number;
  releasedMinor: number;
}

/** By time; at the same moment by name, so that every desk says the same whatever came first. */
export function inOrderOfMovement(movements: readonly CreditMovement[]): CreditMovement[] {
  return movements.toSorted((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}

const isOpposite = (one: number, other: number): boolean => one > 0 !== other > 0;

/** Takes from the portions what they have; what they do not have is left. */
function release(portions: readonly Portion[], debitMinor: number): { readonly parts: CreditPart[]; readonly restMinor: number } {
  const parts: CreditPart[] = [];
  let restMinor = debitMinor;
  for (const portion of portions) {
    if (restMinor === 0) break;
    if (portion.restMinor === 0 || !isOpposite(portion.restMinor, restMinor)) continue;
    const taken = Math.sign(restMinor) * Math.min(Math.abs(restMinor), Math.abs(portion.restMinor));
    parts.push({ debitMinor: taken, bookedBy: { ...portion.bookedBy, portion: { id: portion.id, releasedBefore: portion.releasedMinor } } });
    portion.releasedMinor += Math.abs(taken);
    portion.restMinor += taken;
    restMinor -= taken;
  }
  return { parts, restMinor };
}

/**
 * The parts of each wanted movement, by its id.
 * @param movements all of one customer in one currency up to the wanted ones at least; later ones change nothing.
 */
export function creditPartsOf(movements: readonly CreditMovement[], wanted: ReadonlySet<string>): ReadonlyMap<string, readonly CreditPart[]> {
  const found = new Map<string, readonly CreditPart[]>();
  let open: Portion[] = [];
  for (const { id, debitMinor, bookedBy, takesBack } of inOrderOfMovement(movements)) {
    const own = takesBack === undefined ? [] : open.filter((portion) => portion.id === takesBack);
    const { parts, restMinor } = release([...own, ...open], debitMinor);
    open = open.filter((portion) => portion.restMinor !== 0);
    if (restMinor !== 0) {
      open.push({ id, bookedBy, restMinor, releasedMinor: 0 });
      parts.push({ debitMinor: restMinor, bookedBy: { ...bookedBy, portion: { id, releasedBefore: 0 } } });
    }
    if (wanted.has(id)) found.set(id, parts);
    if (found.size === wanted.size) break;
  }
  return found;
}
