/**
 * Which of several amounts add up to one. Pure. The search is bounded: it is for the few invoices or lines of one party, not for a whole ledger.
 */

const mostItems = 24;
const mostChosen = 6;
/** More answers than this say that the amounts tell nothing. */
const mostAnswers = 4;
const mostSteps = 200_000;

/** Whether {@link findSums} looks at all of them: of a longer list nobody knows what else adds up. */
export const isLookedAtWhole = (items: readonly unknown[]): boolean => items.length <= mostItems;

/** Sets of two to six items whose amounts, all of one sign, are exactly the total; the first four of them. Of longer lists the first 24 items are looked at. */
export function findSums<Item>(items: readonly Item[], amountOf: (item: Item) => number, total: number): Item[][] {
  const sign = Math.sign(total);
  const list = items.slice(0, mostItems).map((item) => ({ item, amount: amountOf(item) * sign })).filter(({ amount }) => amount > 0).toSorted((a, b) => b.amount - a.amount);
  /** What all from a place on come to. */
  const left = list.map(() => 0);
  for (let place = list.length - 1; place >= 0; place -= 1) left[place] = (left[place + 1] ?? 0) + (list[place]?.amount ?? 0);
  const answers: Item[][] = [];
  let steps = 0;
  const search = (place: number, rest: number, chosen: readonly Item[]): void => {
    steps += 1;
    if (rest === 0) {
      if (chosen.length > 1) answers.push([...chosen]);
      return;
    }
    if (answers.length >= mostAnswers || steps > mostSteps || chosen.length === mostChosen || rest > (left[place] ?? 0)) return;
    const next = list[place];
    if (!next) return;
    if (next.amount <= rest) search(place + 1, rest - next.amount, [...chosen, next.item]);
    search(place + 1, rest, chosen);
  };
  search(0, Math.abs(total), []);
  return answers;
}
