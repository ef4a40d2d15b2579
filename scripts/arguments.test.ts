import { describe, expect, it } from 'vitest';
import { parseOptions } from './arguments.ts';

const options = { size: { type: 'string', default: 'medium' }, headless: { type: 'boolean', default: false } } as const;
const refusal = (args: string[]): string => {
  try {
    parseOptions(options, args, false);
  } catch (error) {
    return (error as Error).message;
  }
  return 'understood';
};

describe('the options of a command', () => {
  it('are read with their defaults', () => {
    expect({ ...parseOptions(options, ['--size', 'small'], false).values }).toEqual({ size: 'small', headless: false });
    expect(parseOptions(options, ['pdf', '--headless'], true).positionals).toEqual(['pdf']);
  });

  it('are refused in one sentence', () => {
    expect(refusal(['--sizes', 'x'])).toBe("Unknown option '--sizes'.");
    expect(refusal(['--size'])).toMatch(/^Option '--size <value>' argument missing\.$/);
    expect(refusal(['--size', ''])).toBe("Option '--size <value>' is empty.");
    expect(refusal(['--size='])).toBe("Option '--size <value>' is empty.");
    expect(refusal(['now'])).toMatch(/^Unexpected argument 'now'\. .*\.$/);
    expect(refusal(['--help'])).toBe('');
  });
});
