import { expect, test } from 'vitest';
import { createRelayMetrics } from './relay-metrics.ts';

const gauges = { queueLength: 3, bodyBytes: 4096, connections: 2, isInboxAvailable: true };

test('the metrics are in the format Prometheus reads: each with help and type, buckets that add up', () => {
  const metrics = createRelayMetrics();
  metrics.received('stripe');
  metrics.committed({ sent: new Map([['stripe', 5], ['paystack', 2]]), stored: new Map([['stripe', 4]]), seconds: 0.003 });
  metrics.refused('stripe', 'signature-mismatch');
  metrics.refused('stripe', 'signature-mismatch');
  metrics.postponed('paystack', 'queue-full');
  for (const seconds of [0.0005, 0.001, 0.04, 0.2, 60]) metrics.answered('stripe', seconds);
  const lines = metrics.text(gauges).split('\n');
  expect(lines).toEqual(expect.arrayContaining([
    'daybook_relay_received_total{gateway="stripe"} 1', 'daybook_relay_received_total{gateway="paystack"} 0', 'daybook_relay_stored_total{gateway="stripe"} 4', 'daybook_relay_duplicates_total{gateway="stripe"} 1',
    'daybook_relay_duplicates_total{gateway="paystack"} 2', 'daybook_relay_refused_total{gateway="stripe",reason="signature-mismatch"} 2', 'daybook_relay_postponed_total{gateway="paystack",reason="queue-full"} 1',
    'daybook_relay_request_seconds_bucket{gateway="stripe",le="0.001"} 2', 'daybook_relay_request_seconds_bucket{gateway="stripe",le="0.05"} 3', 'daybook_relay_request_seconds_bucket{gateway="stripe",le="+Inf"} 5',
    'daybook_relay_request_seconds_count{gateway="stripe"} 5', 'daybook_relay_commit_seconds_bucket{le="0.005"} 1', 'daybook_relay_commit_seconds_count 1', 'daybook_relay_commits_total 1', 'daybook_relay_queue_length 3', 'daybook_relay_inbox_up 1',
  ]));
  const shape = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?[0-9.e+-]+)$/;
  expect(lines.filter((line) => line !== '' && !shape.test(line))).toEqual([]);
  expect(lines.at(-1)).toBe(''); // ends with a line end
  const typed = new Set(lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]));
  expect(lines.filter((line) => !line.startsWith('#') && line !== '').filter((line) => !typed.has((/^[a-z_]+/.exec(line)?.[0] ?? '').replace(/_(bucket|sum|count)$/, '')) && !typed.has(/^[a-z_]+/.exec(line)?.[0]))).toEqual([]);
});
