/**
 * What the partners used or owe and nobody invoices: months of contracts that no invoice stands for, usage that came after a contract's last invoice, and usage of keys that
 * no contract names. Reads only.
 */
import { addMonths, firstDayOf, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { ContractInForce } from './contract-billing.ts';
import { readUnclaimedUsage, standingInvoiceMonths } from './unbilled-usage.repository.ts';
import type { PartnerInvoicing } from './partner-invoicing.ts';
import type { ContractsPort } from './partner-invoicing.ports.ts';
import type { RunSheets } from './run-sheet.ts';

export interface UninvoicedMonth {
  readonly contractId: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly month: Month;
  readonly currency: string | null;
  /** What billing would come to now; null: it cannot be rated, and `problem` says why. */
  readonly totalMinor: number | null;
  readonly problem: string | null;
}

export interface StrandedUsage {
  /** The contract that ended, or the key that none names. */
  readonly id: string;
  readonly partnerName: string | null;
  readonly units: number | null;
  readonly currency: string | null;
  readonly totalMinor: number | null;
  readonly detail: string;
  /** The first month it is of. */
  readonly since: Month;
}

export interface UnbilledAnswer {
  readonly months: readonly UninvoicedMonth[];
  readonly usage: readonly StrandedUsage[];
  /** The first month that was looked at; the last is the last whole one. */
  readonly from: Month;
}

export interface UnbilledMonths {
  read(): UnbilledAnswer;
}

/** How far back is looked. A month before a contract's first invoice was billed elsewhere: only the last one looked at is asked of a contract that was never invoiced. */
const monthsLookedAt = 12;

export function createUnbilledMonths(dependencies: { readonly readable: ReadableDatabase; readonly contracts: ContractsPort; readonly invoicing: Pick<PartnerInvoicing, 'rate' | 'frame'>; readonly sheets: Pick<RunSheets, 'usageAfterTheEnd'>; readonly clock: Clock; readonly timeZone: TimeZone }): UnbilledMonths {
  const { readable, contracts, invoicing, sheets, clock, timeZone } = dependencies;

  function rated(contract: ContractInForce, month: Month): Pick<UninvoicedMonth, 'currency' | 'totalMinor' | 'problem'> {
    try {
      const draft = invoicing.rate(contract, month, invoicing.frame(month, [contract]));
      return { currency: draft.currency, totalMinor: draft.totalMinor, problem: null };
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error;
      return { currency: null, totalMinor: null, problem: error.message };
    }
  }

  return {
    read() {
      const last = addMonths(timeZone.monthOf(clock.now()), -1);
      const from = addMonths(last, 1 - monthsLookedAt);
      const standing = standingInvoiceMonths(readable);
      const months = monthsFromTo(from, last).flatMap((month) =>
        contracts.listInForce(month).flatMap((contract): UninvoicedMonth[] => {
          const invoiced = standing.get(contract.row.id);
          const [first] = invoiced ?? [];
          if (invoiced?.has(month) || (month !== last && (first === undefined || month < first))) return [];
          const { id, partnerId, partnerName } = contract.row;
          return [{ contractId: id, partnerId, partnerName, month, ...rated(contract, month) }];
        }));
      const late = sheets.usageAfterTheEnd(last).map(({ contractId, partnerName, currency, totalMinor, failure, months: [since = last] }): StrandedUsage => ({ id: contractId, partnerName, units: null, currency, totalMinor, detail: failure.message, since }));
      const unclaimed = readUnclaimedUsage(readable, timeZone.startOf(firstDayOf(from)), timeZone.boundsOf(last).end).map((usage): StrandedUsage => ({
        id: usage.prefix, partnerName: null, units: usage.units, currency: null, totalMinor: null, detail: `${usage.units.toLocaleString('en-US')} ${usage.meter} of a key that no contract names`, since: timeZone.monthOf(usage.firstAt),
      }));
      return { months, usage: [...late, ...unclaimed], from };
    },
  };
}
