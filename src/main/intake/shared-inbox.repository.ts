/** All SQL of events that came through the shared inbox. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { StagedMessage, StagedRow } from './intake.repository.ts';

const stage = sql('inbox.stage-relayed', "INSERT INTO sync_inbox (provider, provider_id, type, api_version, payload, created_at, received_at, status, reason_code, reason, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'relayed') ON CONFLICT (provider, provider_id) DO NOTHING");
const listToConfirm = sql('inbox.to-confirm', "SELECT sequence, provider_id, type, payload, created_at FROM sync_inbox WHERE origin = 'relayed' AND status = 'staged' AND provider = 'stripe' AND sequence > ? ORDER BY sequence LIMIT ?");

/** @returns false when the event is known, by whatever road. */
export function stageRelayed(database: WritableDatabase, provider: string, message: StagedMessage): boolean {
  return database.run(stage, [provider, message.providerId, message.type, message.apiVersion, message.payload, message.createdAt, message.receivedAt, message.status, message.reasonCode ?? null, message.reason ?? null]) > 0;
}

/** Events nobody at Stripe has confirmed yet. */
export function relayedAfter(database: ReadableDatabase, sequence: number, limit: number): StagedRow[] {
  return database.all<StagedRow>(listToConfirm, [sequence, limit]);
}
