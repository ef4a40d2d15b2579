import { describe, it } from 'vitest';
import { seedsOf, tellHistories } from '../testing/random-histories.ts';

const seeds = seedsOf('first half');

describe(`the first half of the random histories, ${seeds.length} from seed ${seeds[0] ?? 'none'} on`, () => {
  it('give the books they ask for, however they are told', () => tellHistories(seeds), 4 * 3_600_000);
});
