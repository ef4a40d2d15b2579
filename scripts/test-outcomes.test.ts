import { describe, expect, it } from 'vitest';
import { firstLine, outcomeOfPlaywright, outcomeOfVitest, withSecondRun, type Outcome } from './test-outcomes.ts';

const failing = { file: 'src/a.test.ts', name: 'adds up', reason: 'AssertionError: expected 1 to be 2' };

describe('what the reports say', () => {
  it('names each failed test with its file and the first line of its reason', () => {
    const outcome = outcomeOfVitest({
      numPassedTests: 4, numPendingTests: 1,
      testResults: [
        { name: '/project/src/a.test.ts', status: 'failed', assertionResults: [{ fullName: 'adds up', status: 'failed', failureMessages: ['\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n  at somewhere'] }, { fullName: 'rounds', status: 'passed', failureMessages: [] }] },
        { name: '/project/src/b.test.ts', status: 'passed', assertionResults: [{ fullName: 'rounds', status: 'passed' }] },
      ],
    }, '/project');
    expect(outcome).toEqual({ passed: 4, skipped: 1, failed: [failing], unsteady: [] });
  });

  it('counts a file that could not be run', () => {
    const outcome = outcomeOfVitest({ numPassedTests: 0, numPendingTests: 0, testResults: [{ name: '/project/src/a.test.ts', status: 'failed', message: 'SyntaxError: no', assertionResults: [] }] }, '/project');
    expect(outcome.failed).toEqual([{ file: 'src/a.test.ts', name: 'the file itself', reason: 'SyntaxError: no' }]);
  });

  it('tells a test of the page that failed from one that passed the second time, in suites of any depth', () => {
    const outcome = outcomeOfPlaywright({
      stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 },
      suites: [{ specs: [{ title: 'opens', file: 'x.spec.ts', tests: [{ status: 'unexpected', results: [{ error: { message: 'Error: no row' } }] }] }], suites: [{ specs: [{ title: 'closes', file: 'x.spec.ts', tests: [{ status: 'flaky', results: [{ error: { message: 'Error: late' } }, {}] }] }] }] }],
    });
    expect(outcome).toEqual({ passed: 4, skipped: 0, failed: [{ file: 'e2e/x.spec.ts', name: 'opens', reason: 'Error: no row' }], unsteady: [{ file: 'e2e/x.spec.ts', name: 'closes', reason: 'Error: late' }] });
  });

  it('a browser that never came up is a failure', () => {
    expect(outcomeOfPlaywright({ stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }, errors: [{ message: 'no browser' }] }).failed).toHaveLength(1);
  });

  it('a second run clears what passes in it and nothing else', () => {
    const first: Outcome = { passed: 10, skipped: 0, failed: [failing, { ...failing, name: 'rounds' }], unsteady: [] };
    const second: Outcome = { passed: 1, skipped: 0, failed: [{ ...failing, name: 'rounds' }, { ...failing, name: 'another' }], unsteady: [] };
    const after = withSecondRun(first, second);
    expect(after.passed).toBe(11);
    expect(after.unsteady).toEqual([failing]);
    expect(after.failed.map((test) => test.name)).toEqual(['rounds', 'another']);
  });

  it('a reason that is missing is said', () => {
    expect(firstLine(undefined)).toBe('no reason given');
  });
});
