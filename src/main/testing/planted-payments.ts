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

/** A truth of several lines or several candidates: by which rule it is to be found, and whether nothing else fits. */
export interface PlantedMatch {
  readonly rule: 'exact-reference' | 'amount-and-date' | 'one-to-many' | 'many-to-one' | 'known-fee' | 'tolerance' | 'currency-rate';
  readonly lineIds: readonly string[];
  readonly candidateIds: readonly string[];
}

export interface EveryRuleCase {
  readonly lines: readonly OpenLine[];
  readonly candidates: readonly MatchCandidate[];
  readonly truth: readonly PlantedMatch[];
}

/** What the rules are set to: the fee a bank takes and the difference that is small, minor units; the rate of a euro. */
export const plantedFeeMinor = 1_500;
export const plantedToleranceMinor = 500;
export const plantedRate = '1.25';

const payers = ['Ashgrove Registry', 'Countywide Abstract', 'Ledgerline Lending', 'Parcelgraph Data', 'Kadaster Koppeling', 'Titlesure Insurance', 'Meridian Survey', 'Northgate Escrow', 'Halvorsen Conveyancing', 'Pemberton Deeds', 'Quayside Notaries', 'Redwood Settlements'];

/**
 * One case for every rule, each payer once: matches that the rule is to find by itself, and what only looks so and is for a person: paid twice, two that fit as well, a difference nobody explains,
 * too late, on the other side, by a stranger, at another rate. Every choice comes from `random`.
 */
export function plantEveryRule(random: Random): EveryRuleCase {
  const lines: OpenLine[] = [];
  const candidates: MatchCandidate[] = [];
  const truth: PlantedMatch[] = [];
  let amounts = 0;
  /** Far enough from every other that no fee, no tolerance and no rate leads from one to the other. */
  const amount = (): number => {
    amounts += 1;
    return amounts * 1_000_000 + random.integer(100_000, 800_000);
  };
  const unused = [...payers];
  const payer = (): string => unused.splice(random.integer(0, unused.length - 1), 1)[0] ?? 'Nobody';
  const invoice = (party: string, amountMinor: number, day: number, currency = 'usd'): MatchCandidate => {
    const number = `INV-2026-${1_000 + candidates.length}`;
    const candidate: MatchCandidate = { kind: 'invoice', id: `in_${candidates.length}`, amountMinor, currency, expectedOn: addDays(start, day), earliestOn: addDays(start, day - 30), references: [number], names: [party], partyId: party, label: number, isArrived: false };
    candidates.push(candidate);
    return candidate;
  };
  const say = (amountMinor: number, day: number, party: string | null, text = ''): string => {
    const id = `line-${String(lines.length).padStart(3, '0')}`;
    lines.push({ id, currency: 'usd', amountMinor, bookedOn: addDays(start, day), references: [], counterpartyName: party, description: text });
    return id;
  };
  const isSaid = (rule: PlantedMatch['rule'], lineIds: readonly string[], paid: readonly MatchCandidate[]): void => void truth.push({ rule, lineIds, candidateIds: paid.map(({ id }) => id) });

  const plants: ((party: string, day: number) => void)[] = [
    (party, day) => { const paid = invoice(party, amount(), day); isSaid('exact-reference', [say(paid.amountMinor, day + random.integer(-5, 5), random.chance(0.5) ? party : null, `Payment ${paid.label}`)], [paid]); },
    (party, day) => { const paid = invoice(party, amount(), day); isSaid('amount-and-date', [say(paid.amountMinor, day + random.integer(-4, 4), party, 'Transfer')], [paid]); },
    (party, day) => { const several = Array.from({ length: random.integer(2, 4) }, () => invoice(party, amount(), day)); isSaid('one-to-many', [say(several.reduce((sum, each) => sum + each.amountMinor, 0), day + random.integer(-5, 5), party, several.map((each) => each.label).join(' + '))], several); },
    (party, day) => { // in parts that name it
      const paid = invoice(party, amount(), day);
      const parts = partsOf(random, paid.amountMinor).map((part) => say(part, day + random.integer(-4, 4), null, `Part of ${paid.label}`));
      isSaid('many-to-one', parts, [paid]);
    },
    (party, day) => { // in parts by the payer's name alone
      const paid = invoice(party, amount(), day);
      isSaid('many-to-one', partsOf(random, paid.amountMinor).map((part) => say(part, day + random.integer(-4, 4), party, 'Transfer')), [paid]);
    },
    (party, day) => { const paid = invoice(party, amount(), day); isSaid('known-fee', [say(paid.amountMinor - plantedFeeMinor, day + random.integer(-5, 5), party, random.chance(0.5) ? paid.label : 'Transfer')], [paid]); },
    (party, day) => { const paid = invoice(party, amount(), day); isSaid('tolerance', [say(paid.amountMinor + (random.chance(0.5) ? 1 : -1) * random.integer(1, plantedToleranceMinor), day + random.integer(-5, 5), party, random.chance(0.5) ? paid.label : 'Transfer')], [paid]); },
    (party, day) => { const paid = invoice(party, amount(), day, 'eur'); const atRate = Math.round(paid.amountMinor * 1.25); isSaid('currency-rate', [say(atRate + random.integer(-Math.floor(atRate / 50), Math.floor(atRate / 50)), day + random.integer(-5, 5), party, random.chance(0.5) ? paid.label : 'Transfer')], [paid]); },
    // From here on nothing is to be matched by itself.
    (party, day) => { const twin = amount(); invoice(party, twin, day); invoice(party, twin, day + random.integer(-2, 2)); say(twin, day, party, 'Transfer'); },
    (party, day) => { const paid = invoice(party, amount(), day); for (const _ of [1, 2]) say(paid.amountMinor - (random.chance(0.5) ? plantedFeeMinor : 0), day + random.integer(-3, 3), party, paid.label); },
    (party, day) => { const named = invoice(party, amount(), day); say(named.amountMinor - random.integer(plantedFeeMinor + 1, 90_000), day, party, named.label); },
    (party, day) => { const late = invoice(party, amount(), day); say(late.amountMinor - (random.chance(0.5) ? plantedFeeMinor : 0), day + random.integer(130, 200), party, 'Transfer'); },
    (party, day) => { const owed = invoice(party, amount(), day); say(-owed.amountMinor, day, party, random.chance(0.5) ? owed.label : 'Transfer'); },
    (party, day) => { const owed = invoice(party, amount(), day); say(owed.amountMinor, day, 'Somebody Else', 'Transfer'); },
    (party, day) => { const owed = invoice(party, amount(), day, 'eur'); say(Math.round(owed.amountMinor * 1.25 * (random.chance(0.5) ? 1.04 : 0.96)), day, party, random.chance(0.5) ? owed.label : 'Transfer'); },
    (party, day) => { const owed = invoice(party, amount(), day, 'gbp'); say(owed.amountMinor, day, party, 'Transfer'); }, // nobody knows a rate
    (party, day) => { const owed = invoice(party, amount(), day); const half = Math.floor(owed.amountMinor / 3); for (const part of [half, owed.amountMinor - half, owed.amountMinor - half]) say(part, day, party, 'Transfer'); },
  ];
  const count = random.integer(4, payers.length);
  for (let index = 0; index < count; index += 1) (plants[random.integer(0, plants.length - 1)] as (party: string, day: number) => void)(payer(), random.integer(0, 80));
  return { lines, candidates, truth };
}

/** Two or three parts that differ and add up. */
function partsOf(random: Random, amountMinor: number): number[] {
  const first = Math.floor((amountMinor * random.integer(20, 30)) / 100);
  if (random.chance(0.5)) return [first, amountMinor - first];
  const second = Math.floor((amountMinor * random.integer(31, 34)) / 100);
  return [first, second, amountMinor - first - second];
}
