import { describe, expect, it } from 'vitest';
import { createTransactionPace } from './transaction-pace.ts';

const pace = () => createTransactionPace({ first: 96, least: 32, most: 1_000 });

describe('the size of a write transaction', () => {
  it('grows by steps while commits are quick, up to its bound', () => {
    const quick = pace();
    quick.took(96, 2);
    expect(quick.size()).toBe(144);
    for (let turn = 0; turn < 20; turn += 1) quick.took(quick.size(), 2);
    expect(quick.size()).toBe(1_000);
  });
  it('falls at once when a commit was slow, down to its bound', () => {
    const slow = pace();
    slow.took(96, 36);
    expect(slow.size()).toBe(48);
    slow.took(48, 5_000);
    expect(slow.size()).toBe(32);
  });
  it('settles where a transaction takes about 18 ms', () => {
    const steady = pace();
    for (let turn = 0; turn < 30; turn += 1) steady.took(steady.size(), steady.size() * 0.1);
    expect(steady.size()).toBe(180);
  });
  it('falls as soon as somebody else comes to write, and grows again when they have gone', () => {
    let patienceMs = 100;
    const shared = createTransactionPace({ first: 96, least: 32, most: 1_000, patienceMs: () => patienceMs });
    for (let turn = 0; turn < 30; turn += 1) shared.took(shared.size(), shared.size() * 0.2);
    expect(shared.size()).toBe(500);
    patienceMs = 18;
    expect(shared.size()).toBe(90);
    shared.took(90, 18);
    expect(shared.size()).toBe(90);
    patienceMs = 100;
    shared.took(90, 18);
    expect(shared.size()).toBe(135);
  });
  it('learns nothing from an empty one', () => {
    const idle = pace();
    idle.took(0, 50);
    expect(idle.size()).toBe(96);
  });
});
