import { NotFoundError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { listPartners, readPartner } from '../reporting/partners.queries.ts';
import { api } from './implementer.ts';

export interface PartnersHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
}

export function createPartnersHandlers({ readable, clock, timeZone }: PartnersHandlersDependencies) {
  const standpoint = () => ({ timeZone, now: clock.now() });
  return {
    list: api.partners.list.handler(({ input }) => listPartners(readable, input, standpoint())),
    show: api.partners.show.handler(({ input }) => {
      const partner = readPartner(readable, input.id, standpoint());
      if (!partner) throw new NotFoundError('partner-not-found', 'This partner is not known here.', { data: { id: input.id }, nextStep: 'Sync with the shared database.' });
      return partner;
    }),
  };
}
