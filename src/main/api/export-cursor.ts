/**
 * Where a long export stands, as its client carries it from part to part.
 */
import type { z } from 'zod';
import { ValidationError } from '../../shared/errors/errors.ts';

/** @throws ValidationError `cursor-invalid` unless it is one that {@link writeCursor} made. */
export function readCursor<Mark>(cursor: string | null, schema: z.ZodType<Mark>): Mark | undefined {
  if (cursor === null) return undefined;
  const mark = schema.safeParse(parsed(cursor));
  if (!mark.success) throw new ValidationError('cursor-invalid', 'The place where the export stands cannot be read.', { nextStep: 'Start the export again.' });
  return mark.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeCursor<Mark extends object>(mark: Mark | null): string | null {
  return mark === null ? null : JSON.stringify(mark);
}
