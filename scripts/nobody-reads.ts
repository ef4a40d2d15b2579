/**
 * Whoever reads what a script says may stop early (`| head`), or close the terminal: the script then ends with 0 and without a stack trace. Output that cannot be
 * written for another reason (a full disk) ends it with 1. What it did so far is kept, as when it is killed.
 */
export function endQuietlyWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}
