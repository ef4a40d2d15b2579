/** Which entries are a person's own acts. Pure. */

/** Keys of entries that every desk derives alike from what is not its own: facts of a gateway, lines that were earned, months that were closed, invoices of the register. */
const derivedKeys = ['stripe/', 'paystack/', 'recognition/', 'revaluation/', 'partner-invoice/', 'receivable-act/'] as const;

/** @param key an entry's idempotency key. */
export function isPersonsAct(key: string): boolean {
  return !derivedKeys.some((prefix) => key.startsWith(prefix));
}
