import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contract } from './contract.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly maxLength?: number;
}

/** Every procedure that takes a filter with a text, and how long that may be. */
function filterTextsIn(router: object, path = ''): [string, number | undefined][] {
  return Object.entries(router).flatMap(([name, inner]: [string, object]): [string, number | undefined][] => {
    if (!('~orpc' in inner)) return filterTextsIn(inner, `${path}${name}.`);
    const { inputSchema } = inner['~orpc'] as { inputSchema?: z.ZodType };
    const text = inputSchema && (z.toJSONSchema(inputSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema).properties?.['filter']?.properties?.['text'];
    return text ? [[`${path}${name}`, text.maxLength]] : [];
  });
}

describe('a text that narrows a list', () => {
  const found = filterTextsIn(contract);
  it('is found where lists are', () => expect(found.map(([name]) => name)).toEqual(expect.arrayContaining(['invoices.list', 'partners.list', 'ledger.entries', 'payments.list'])));
  it.each(found)('%s takes no more than what a person types', (_, most) => expect(most).toBe(200));
});
