import { describe, expect, it } from 'vitest';
import { unlessWithdrawn } from './withdrawn-requests.ts';

describe('a question that may take long', () => {
  it('is answered when it stands', async () => {
    await expect(unlessWithdrawn(new AbortController().signal, () => 7)).resolves.toBe(7);
    await expect(unlessWithdrawn(undefined, () => 7)).resolves.toBe(7);
  });

  it('is not asked when it was taken back by a message that already waited', async () => {
    const controller = new AbortController();
    let isAsked = false;
    const answer = unlessWithdrawn(controller.signal, () => { isAsked = true; });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'request-withdrawn' });
    expect(isAsked).toBe(false);
  });
});
