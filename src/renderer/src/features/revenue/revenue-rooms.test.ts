import { describe, expect, test } from 'vitest';
import { revenueRooms, roomAddress } from './revenue-rooms.ts';

describe('from one room of Revenue to the next', () => {
  test('what is looked at goes along; what a room alone knows stays behind', () => {
    const parameters = new URLSearchParams('month=2026-10&policy=all-discounts&kind=churn&text=harbor');
    expect(roomAddress('/revenue/cohorts', parameters)).toBe('/revenue/cohorts?month=2026-10&policy=all-discounts');
  });

  test('a choice on the way replaces or takes away', () => {
    const parameters = new URLSearchParams('month=2026-10&currency=eur');
    expect(roomAddress('/revenue/cash', parameters, { month: '2026-09', currency: null })).toBe('/revenue/cash?month=2026-09');
    expect(roomAddress('/revenue', new URLSearchParams())).toBe('/revenue');
  });

  test('each room has an address of its own', () => {
    expect(new Set(revenueRooms.map((room) => room.to)).size).toBe(revenueRooms.length);
  });
});
