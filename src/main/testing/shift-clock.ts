/** Loaded into a process with `--import`: its clock is wrong by `DAYBOOK_TEST_CLOCK_MS`, as that of a machine whose clock was set. */
const shiftMs = Number(process.env['DAYBOOK_TEST_CLOCK_MS'] ?? 0);
const RealDate = Date;
const now = RealDate.now.bind(RealDate);

globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(now() + shiftMs);
    else super(...(given as [number]));
  }

  static override now(): number {
    return now() + shiftMs;
  }
} as DateConstructor;
