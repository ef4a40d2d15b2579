/**
 * Whoever reads what a process says may stop early (`| head`), or close the terminal: it then ends with 0 and without a stack trace, as that is no failure of ours. Output that cannot be written for
 * another reason, such as a full disk, ends it with 1. What it did so far is kept, as when it is killed.
 * @param sayUnwritable says of that other reason; where nobody reads the error stream either, the exit code still tells.
 */
export function endQuietlyWhenNobodyReads(sayUnwritable: (error: NodeJS.ErrnoException) => void = sayPlainly): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    sayUnwritable(error);
    process.exit(1);
  });
  process.stderr.on('error', () => undefined);
}

function sayPlainly(error: NodeJS.ErrnoException): void {
  process.stderr.write(`What is said here could not be written (${error.code ?? error.message}). Free some space, then run it again.\n`);
}
