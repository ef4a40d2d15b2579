/** What a desk of its own brings into a shared ledger, in the order in which it is told of (docs/adr/0019). */
export const joiningParts = ['partner', 'contract', 'amendment', 'entity_version', 'change_set', 'change_conflict', 'invoice'] as const;
export type JoiningPart = (typeof joiningParts)[number];

export const joiningPartWords: Readonly<Record<JoiningPart, readonly [one: string, many: string]>> = {
  partner: ['partner', 'partners'], contract: ['contract', 'contracts'], amendment: ['amendment', 'amendments'], entity_version: ['version', 'versions'], change_set: ['edit', 'edits'], change_conflict: ['conflict', 'conflicts'],
  invoice: ['invoice', 'invoices'],
};

/** “3 partners, 5 contracts and 2 invoices”; '' where there is nothing. */
export function wordsOfCounts(counts: Readonly<Partial<Record<JoiningPart, number>>>): string {
  const words = joiningParts.flatMap((part) => {
    const count = counts[part] ?? 0;
    return count === 0 ? [] : [`${count.toLocaleString('en-US')} ${joiningPartWords[part][count === 1 ? 0 : 1]}`];
  });
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
