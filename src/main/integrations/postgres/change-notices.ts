/**
 * The line on which the shared database tells that its feed went on (LISTEN): one channel, and the notice carries the transaction alone. A line that no longer answers
 * is given up within seconds, though nobody said that it broke.
 */
import pg from 'pg';
import type { ChangeNotices } from '../../sync/live-sync.ts';
import { toPostgresError } from './connection.ts';
import { targetOf } from './postgres-tls.ts';

const channel = 'daybook_changes';
const heartbeatMs = 2_000;
const answerWithinMs = 2_500;

export function createChangeNotices(options: { readonly url: string; readonly allowsPlaintext?: boolean; readonly heartbeatMs?: number }): ChangeNotices {
  return {
    async open(onNotice, onLost) {
      const client = new pg.Client({ ...targetOf(options.url, options.allowsPlaintext ?? false), connectionTimeoutMillis: 4_000, query_timeout: answerWithinMs, keepAlive: true, application_name: 'daybook follows' });
      let isOpen = true;
      let heartbeat: NodeJS.Timeout | undefined;
      const lose = (): void => {
        if (!isOpen) return;
        isOpen = false;
        clearInterval(heartbeat);
        client.removeAllListeners('notification');
        void client.end().catch(() => undefined);
        onLost();
      };
      client.on('error', lose);
      client.on('end', lose);
      client.on('notification', ({ payload }) => onNotice(payload ?? ''));
      try {
        await client.connect();
        await client.query(`LISTEN ${channel}`);
      } catch (error) {
        isOpen = false;
        void client.end().catch(() => undefined);
        throw toPostgresError(error);
      }
      let isAsking = false;
      heartbeat = setInterval(() => {
        if (isAsking) return; // a slow line: the question that is out there has its own end
        isAsking = true;
        void client.query('SELECT 1').then(() => (isAsking = false), lose);
      }, options.heartbeatMs ?? heartbeatMs);
      heartbeat.unref();
      return {
        async close() {
          if (!isOpen) return;
          isOpen = false;
          clearInterval(heartbeat);
          await client.end().catch(() => undefined);
        },
      };
    },
  };
}
