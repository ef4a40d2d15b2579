/** What people said of pairs made by attributes, and which pairs stand. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { pairName, refusedLink } from './attribute-pairing.ts';
import type { DiscrepancyRecord, FoundDiscrepancy } from './discrepancy.repository.ts';
import { pairReasons, rowName, type Finding, type FindingSide, type PairedBy } from './transaction-matching.ts';

const reasons = pairReasons.map((reason) => `'${reason}'`).join(', ');
const columns = 'd.reason, d.object_id AS "objectId", d.balance_transaction_id AS "balanceTransactionId", d.currency, d.amount_minor AS "amountMinor", d.occurred_on AS "occurredOn", d.detail, d.status, d.link_to AS "linkTo"';
const decided = sql('pairs.decided', `SELECT ${columns} FROM discrepancies AS d WHERE d.level = 'transactions' AND d.reason IN (${reasons}) AND (d.status = 'ignored' OR (d.status = 'resolved' AND d.marked_as IN ('linked', 'adjusted', 'written-off')))`);
const standing = sql('pairs.standing', `SELECT ${columns} FROM discrepancy_spells AS s CROSS JOIN discrepancies AS d ON d.id = s.discrepancy_id WHERE s.level = 'transactions' AND s.ended_sequence IS NULL AND d.reason IN (${reasons})`);

type Row = Pick<DiscrepancyRecord, 'reason' | 'objectId' | 'balanceTransactionId' | 'currency' | 'amountMinor' | 'occurredOn' | 'detail' | 'status' | 'linkTo'>;

export interface StandingPair {
  readonly lackingKey: string;
  readonly strayKey: string;
  readonly finding: Finding & { readonly pair: PairedBy };
}

/** A pair as it was found, from what is kept of it. @throws Error for a record that is none. */
export function pairOf(row: Pick<FoundDiscrepancy, 'reason' | 'objectId' | 'balanceTransactionId' | 'currency' | 'amountMinor' | 'occurredOn' | 'detail'>): StandingPair {
  const { store, stripe, other, pair } = JSON.parse(row.detail) as { store: Finding['store']; stripe: FindingSide | null; other: FindingSide | null; pair?: PairedBy };
  const { reason, objectId, balanceTransactionId, currency, amountMinor, occurredOn } = row;
  if (!pair || balanceTransactionId === null) throw new Error('This difference is no pair.');
  const strayKey = store === 'ledger' ? pair.objectId : rowName({ id: other?.rowId ?? 0 });
  const subjectIds = [balanceTransactionId, strayKey, ...(store === 'ledger' ? ['journal'] : [])];
  return { lackingKey: balanceTransactionId, strayKey, finding: { reason, store, subjectIds, objectId, balanceTransactionId, currency, amountMinor, occurredOn, stripe, other, pair } };
}

/** Names of pairs that people settled as one, and of those they refused. */
export function readPairDecisions(database: ReadableDatabase): { readonly linked: ReadonlySet<string>; readonly refused: ReadonlySet<string> } {
  const linked = new Set<string>();
  const refused = new Set<string>();
  for (const row of database.all<Row>(decided)) {
    const { lackingKey, strayKey } = pairOf(row);
    (row.status === 'ignored' && row.linkTo === refusedLink ? refused : linked).add(pairName(lackingKey, strayKey));
  }
  return { linked, refused };
}

/** Pairs that the last run over everything left standing. */
export const listStandingPairs = (database: ReadableDatabase): StandingPair[] => database.all<Row>(standing).map(pairOf);
