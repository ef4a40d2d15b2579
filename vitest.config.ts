import { defineConfig } from 'vitest/config';

/** The suites that run commands run them from one bundle. */
const commandLine = ['scripts/testing/bundled-cli.ts'];

/**
 * `unit` is quick and touches nothing outside the process but a temporary file; `integration` uses real PostgreSQL and HTTP; `faults` kills, fills disks and cuts
 * lines: 200 points by itself, a dozen within `npm test`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Nobody waits for it when all is well; a busy machine needs more than the default five seconds for a test that opens files.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They read a thousand modules each, replace none of them and leave nothing behind in one: what a worker has read serves all its files.
          isolate: false,
          // A quarter of their time is waiting for the disk; the runner's own choice on two cores would be one.
          maxWorkers: 2,
          include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'sandbox/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/*.long.test.ts', '**/*.faults.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['src/**/*.integration.test.ts', 'sandbox/**/*.integration.test.ts', 'scripts/**/*.integration.test.ts'],
          // As above: the longest take a minute by themselves on a slow machine.
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          globalSetup: commandLine,
        },
      },
      {
        test: { name: 'faults', include: ['src/**/*.faults.test.ts'], testTimeout: 7_200_000, hookTimeout: 600_000, maxWorkers: 2, globalSetup: commandLine },
      },
      {
        // The long forms of the random suites: `npm run test:long` only.
        test: { name: 'long', include: ['src/**/*.long.test.ts', 'sandbox/**/*.long.test.ts', 'scripts/**/*.long.test.ts'], testTimeout: 3_600_000, hookTimeout: 600_000, maxWorkers: 2, globalSetup: commandLine },
      },
    ],
  },
});
