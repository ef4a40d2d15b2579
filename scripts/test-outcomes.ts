/**
 * What the reports of the test runners say, as the last lines of `npm test` need it: how many, and which.
 */

export interface FailedTest {
  /** Relative to the project. */
  readonly file: string;
  readonly name: string;
  /** The first line of what went wrong, without colours. */
  readonly reason: string;
}

export interface Outcome {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly FailedTest[];
  /** Failed, and passed when it was run once more with nothing beside it: a fault all the same, of the test or of the code, that somebody has to find. */
  readonly unsteady: readonly FailedTest[];
}

export interface VitestReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages?: readonly string[] | null }[];
  }[];
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly file: string;
    readonly tests: readonly { readonly status: string; readonly results: readonly { readonly error?: { readonly message?: string } }[] }[];
  }[];
}

export interface PlaywrightReport extends PlaywrightSuite {
  readonly stats: { readonly expected: number; readonly unexpected: number; readonly flaky: number; readonly skipped: number };
  readonly errors?: readonly { readonly message?: string }[];
}

export function firstLine(text: string | undefined): string {
  // eslint-disable-next-line no-control-regex
  return (text ?? '').replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n').map((line) => line.trim()).find((line) => line !== '')?.slice(0, 300) ?? 'no reason given';
}

/** A file that could not be run at all counts as one failed test. `root` is taken off the front of the files' names. */
export function outcomeOfVitest(report: VitestReport, root: string): Outcome {
  const failed: FailedTest[] = [];
  for (const { name, status, message, assertionResults } of report.testResults) {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    const own = assertionResults.filter((test) => test.status === 'failed').map((test) => ({ file, name: test.fullName, reason: firstLine(test.failureMessages?.[0]) }));
    failed.push(...own);
    if (status === 'failed' && own.length === 0) failed.push({ file, name: 'the file itself', reason: firstLine(message) });
  }
  return { passed: report.numPassedTests, skipped: report.numPendingTests, failed, unsteady: [] };
}

export function outcomeOfPlaywright(report: PlaywrightReport): Outcome {
  const failed: FailedTest[] = [];
  const unsteady: FailedTest[] = [];
  const walk = (suite: PlaywrightSuite): void => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        const entry = { file: `e2e/${spec.file}`, name: spec.title, reason: firstLine(test.results.find((result) => result.error)?.error?.message) };
        if (test.status === 'unexpected') failed.push(entry);
        if (test.status === 'flaky') unsteady.push(entry);
      }
    }
    for (const inner of suite.suites ?? []) walk(inner);
  };
  walk(report);
  for (const error of report.errors ?? []) failed.push({ file: 'e2e', name: 'the run itself', reason: firstLine(error.message) });
  return { passed: report.stats.expected + report.stats.flaky, skipped: report.stats.skipped, failed, unsteady };
}

/** What a second run of the failed files by themselves changes: those that pass now are unsteady; whatever fails now has failed, the same or another. */
export function withSecondRun(first: Outcome, second: Outcome): Outcome {
  const isSame = (a: FailedTest, b: FailedTest): boolean => a.file === b.file && a.name === b.name;
  const unsteady = first.failed.filter((test) => !second.failed.some((other) => isSame(test, other)));
  return { passed: first.passed + unsteady.length, skipped: first.skipped, failed: second.failed, unsteady: [...first.unsteady, ...unsteady] };
}
