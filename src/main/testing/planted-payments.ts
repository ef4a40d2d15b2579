/**
 * Random bank lines with the truth beside them: which line pays what. Besides what agrees it makes what only looks so: equal amounts, neighbouring numbers, payments made twice, amounts one
 * cent away, names of others.
 */
import { addDays, localDate } from '../../shared/calendar/local-date.ts';
import type { MatchCandidate, OpenLine } from '../banking/match-candidate.ts';

export type Planted = 'exact' | 'fuzzy' | 'none';

export interface PlantedCase {
  readonly lines: readonly OpenLine[];
  readonly candidates: readonly MatchCandidate[];
  /** By line: the candidates it pays, and how plainly the line says so. Lines that pay nothing are left out. */
  readonly truth: ReadonlyMap<string, { readonly candidateIds: readonly string[]; readonly kind: Planted }>;
}

export interface Random {
  /** from ≤ n ≤ to */
  integer(from: number, to: number): number;
  chance(share: number): boolean;
}

const parties = ['Ashgrove Registry', 'Countywide Abstract', 'Ledgerline Lending', 'Parcelgraph Data', 'Kadaster Koppeling', 'Titlesure Insurance', 'Meridian Survey', 'Northgate Escrow'];
const start = localDate('2026-08-01');

/** One case of some dozens of lines. Every choice comes from `random`. */
export function plantPayments(random: Random): PlantedCase {
  const lines: OpenLine[] = [];
  const candidates: MatchCandidate[] = [];
  const truth = new Map<string, { candidateIds: readonly string[]; kind: Planted }>();
  const pick = <Item>(list: readonly Item[]): Item => list[random.integer(0, list.length - 1)] as Item;
  /** Few different amounts, so that many agree by chance. */
  const amounts = Array.from({ length: random.integer(2, 12) }, () => random.integer(1_000, 900_000));
  const invoice = (number: string, party: string, amountMinor: number, day: number): MatchCandidate => ({
    kind: 'invoice', id: `in_${candidates.length}`, amountMinor, currency: 'usd', expectedOn: addDays(start, day + 30), earliestOn: addDays(start, day), references: [number], names: [party], partyId: party, label: number, isArrived: false,
  });
  const payout = (amountMinor: number, day: number): MatchCandidate => {
    const id = `po_${random.integer(100_000, 999_999)}X${candidates.length}Q`;
    return { kind: 'payout', id, amountMinor, currency: 'usd', expectedOn: addDays(start, day), earliestOn: addDays(start, day - 3), references: [id, `ST${random.integer(1_000_000, 9_999_999)}${candidates.length}`], names: ['STRIPE'], partyId: 'stripe', label: id, isArrived: false };
  };
  const add = (candidate: MatchCandidate): MatchCandidate => {
    candidates.push(candidate);
    return candidate;
  };
  const say = (line: Omit<OpenLine, 'id' | 'currency'>, pays?: { candidateIds: readonly string[]; kind: Planted }): void => {
    const id = `line-${lines.length}`;
    lines.push({ id, currency: 'usd', ...line });
    if (pays) truth.set(id, pays);
  };
  /** As banks break what they print. */
  const broken = (reference: string): string => (random.chance(0.3) ? reference.replaceAll('-', ' ') : random.chance(0.2) ? `${reference.slice(0, -3)} ${reference.slice(-3)}` : reference);

  const count = random.integer(4, 24);
  for (let index = 0; index < count; index += 1) {
    const party = pick(parties);
    const amountMinor = pick(amounts);
    const day = random.integer(0, 80);
    const lineDay = (from: number, to: number) => addDays(start, day + random.integer(from, to));
    switch (random.integer(0, 9)) {
      case 0:
      case 1: {
        const paid = add(invoice(`INV-2026-${String(1_000 + index)}`, party, amountMinor, day));
        say({ amountMinor, bookedOn: lineDay(0, 60), references: [], counterpartyName: random.chance(0.5) ? party : null, description: `Payment ${broken(paid.label)} thank you` }, { candidateIds: [paid.id], kind: 'exact' });
        break;
      }
      case 2:
      case 3: {
        const paid = add(payout(amountMinor, day));
        say({ amountMinor, bookedOn: lineDay(0, 3), references: [paid.references[random.integer(0, 1)] ?? ''], counterpartyName: 'STRIPE', description: 'STRIPE PAYOUT' }, { candidateIds: [paid.id], kind: 'exact' });
        break;
      }
      case 4: {
        const paid = add(payout(random.integer(1_000_000, 9_000_000), day));
        say({ amountMinor: paid.amountMinor, bookedOn: lineDay(0, 3), references: [], counterpartyName: null, description: 'STRIPE TRANSFER' }, { candidateIds: [paid.id], kind: 'fuzzy' });
        break;
      }
      case 5: {
        const several = Array.from({ length: random.integer(2, 4) }, (_, place) => add(invoice(`INV-2026-${String(3_000 + index * 10 + place)}`, party, random.integer(1_000, 900_000), day)));
        say({ amountMinor: several.reduce((sum, each) => sum + each.amountMinor, 0), bookedOn: lineDay(1, 30), references: [], counterpartyName: party, description: several.map((each) => each.label).join(' + ') }, { candidateIds: several.map((each) => each.id), kind: 'exact' });
        break;
      }
      case 6: // named, with another amount: nothing is certain
        add(invoice(`INV-2026-${String(5_000 + index)}`, party, amountMinor, day));
        say({ amountMinor: amountMinor + pick([-1, 1, -1_500, 7_777]), bookedOn: lineDay(1, 30), references: [`INV-2026-${String(5_000 + index)}`], counterpartyName: party, description: '' });
        break;
      case 7: { // paid twice: which of the two is it?
        const paid = add(invoice(`INV-2026-${String(6_000 + index)}`, party, amountMinor, day));
        for (const _ of [1, 2]) say({ amountMinor, bookedOn: lineDay(1, 30), references: [paid.label], counterpartyName: party, description: '' });
        break;
      }
      case 8: // a neighbour's number behind ours, a stranger with our amount
        add(invoice(`INV-2026-${String(7_000 + index)}`, party, amountMinor, day));
        say({ amountMinor, bookedOn: lineDay(1, 30), references: [`INV-2026-${String(7_000 + index)}1`], counterpartyName: 'Somebody Else', description: `INV-2026-${String(7_000 + index)}9` });
        break;
      default:
        say({ amountMinor: pick([amountMinor, -amountMinor, -1_500]), bookedOn: lineDay(0, 60), references: [], counterpartyName: pick([null, 'Somebody Else', party]), description: pick(['Rent', 'Bank fee', 'Transfer', '']) });
    }
  }
  return { lines, candidates, truth };
}
