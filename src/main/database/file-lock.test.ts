import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tryLockFile } from './file-lock.ts';

describe('a lock on a file', () => {
  // Nobody may make a file there, not even the owner of everything.
  it.runIf(process.platform === 'linux' && existsSync('/sys/kernel'))('in a folder that may not be written says so, and what to do', () => {
    expect(() => tryLockFile('/sys/kernel/owner.lock')).toThrow(expect.objectContaining({ code: 'data-folder-unusable', nextStep: expect.stringContaining('--data') }));
  });
});
