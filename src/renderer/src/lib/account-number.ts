/** '1200-accounts-receivable' → '1200': beside the account’s name its number is enough. A code without a number stays whole. */
export function accountNumber(code: string): string {
  return /^\d+(?=-)/.exec(code)?.[0] ?? code;
}
