/** What the relay counts, in the text format Prometheus reads. Names of labels are ours; nothing a sender wrote becomes one. */
import type { CommitReport } from './group-commit.ts';
import type { WebhookGateway } from './relay.ports.ts';

export interface RelayMetrics {
  /** A request that was meant for a gateway's door. */
  received(gateway: WebhookGateway): void;
  committed(report: CommitReport): void;
  /** Answered with 4xx: `signature-mismatch`, `wrong-mode`, `body-too-large`, … */
  refused(gateway: WebhookGateway | 'none', reason: string): void;
  /** Answered with 503: the sender is to try again. */
  postponed(gateway: WebhookGateway, reason: string): void;
  /** A connection beyond the cap was closed unheard. */
  dropped(): void;
  /** From the request's headers to the answer, in seconds. */
  answered(gateway: WebhookGateway, seconds: number): void;
  text(gauges: RelayGauges): string;
}

export interface RelayGauges {
  readonly queueLength: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly isInboxAvailable: boolean;
}

const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface Histogram {
  observe(labels: string, value: number): void;
  lines(): string[];
}

interface Series {
  readonly counts: number[];
  sum: number;
}

function createHistogram(name: string, help: string): Histogram {
  const series = new Map<string, Series>();
  return {
    observe(labels, value) {
      const own = series.get(labels) ?? { counts: Array.from({ length: latencyBounds.length + 1 }, () => 0), sum: 0 };
      series.set(labels, own);
      const found = latencyBounds.findIndex((bound) => value <= bound);
      const place = found < 0 ? latencyBounds.length : found;
      own.counts[place] = (own.counts[place] ?? 0) + 1;
      own.sum += value;
    },
    lines() {
      const lines = heading(name, help, 'histogram');
      for (const [labels, { counts, sum }] of series) {
        let total = 0;
        counts.forEach((count, index) => {
          total += count;
          lines.push(`${name}_bucket{${labels}${labels === '' ? '' : ','}le="${latencyBounds[index] ?? '+Inf'}"} ${total}`);
        });
        const inBraces = labels === '' ? '' : `{${labels}}`;
        lines.push(`${name}_sum${inBraces} ${sum}`, `${name}_count${inBraces} ${total}`);
      }
      return lines;
    },
  };
}

interface Counter {
  add(labels: string, by?: number): void;
  lines(): string[];
}

/** @param known labels that are shown from the start, so that a rate can be taken of what has not happened yet. */
function createCounter(name: string, help: string, known: readonly string[]): Counter {
  const values = new Map<string, number>(known.map((labels) => [labels, 0]));
  return {
    add: (labels, by = 1) => void values.set(labels, (values.get(labels) ?? 0) + by),
    lines: () => [...heading(name, help, 'counter'), ...[...values].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`)],
  };
}

function heading(name: string, help: string, type: 'counter' | 'gauge' | 'histogram'): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

const gatewayLabel = (gateway: string): string => `gateway="${gateway}"`;
const gateways = ['stripe', 'paystack'].map(gatewayLabel);

export function createRelayMetrics(): RelayMetrics {
  const received = createCounter('daybook_relay_received_total', 'Requests at a gateway’s door.', gateways);
  const stored = createCounter('daybook_relay_stored_total', 'Events that were new and are committed.', gateways);
  const duplicates = createCounter('daybook_relay_duplicates_total', 'Events that stood in the inbox already.', gateways);
  const refused = createCounter('daybook_relay_refused_total', 'Requests answered with 4xx, by reason.', []);
  const postponed = createCounter('daybook_relay_postponed_total', 'Requests answered with 503: the sender tries again.', []);
  const dropped = createCounter('daybook_relay_connections_dropped_total', 'Connections closed because there were too many.', ['']);
  const commits = createCounter('daybook_relay_commits_total', 'Transactions; several events share one.', ['']);
  const latency = createHistogram('daybook_relay_request_seconds', 'From the headers of a request to its answer.');
  const commitLatency = createHistogram('daybook_relay_commit_seconds', 'One transaction, from sending it to its commit.');
  const gauge = (name: string, help: string, value: number): string[] => [...heading(name, help, 'gauge'), `${name} ${value}`];

  return {
    received: (gateway) => received.add(gatewayLabel(gateway)),
    committed(report) {
      commits.add('');
      commitLatency.observe('', report.seconds);
      for (const [gateway, sent] of report.sent) {
        const fresh = report.stored.get(gateway) ?? 0;
        stored.add(gatewayLabel(gateway), fresh);
        duplicates.add(gatewayLabel(gateway), sent - fresh);
      }
    },
    refused: (gateway, reason) => refused.add(`${gatewayLabel(gateway)},reason="${reason}"`),
    postponed: (gateway, reason) => postponed.add(`${gatewayLabel(gateway)},reason="${reason}"`),
    dropped: () => dropped.add(''),
    answered: (gateway, seconds) => latency.observe(gatewayLabel(gateway), seconds),
    text: ({ queueLength, bodyBytes, connections, isInboxAvailable }) =>
      [
        ...[received, stored, duplicates, refused, postponed, dropped, commits].flatMap((counter) => counter.lines()), ...latency.lines(), ...commitLatency.lines(),
        ...gauge('daybook_relay_queue_length', 'Events that wait for their commit.', queueLength),
        ...gauge('daybook_relay_body_bytes', 'Bytes of requests that are held in memory.', bodyBytes),
        ...gauge('daybook_relay_connections', 'Open connections at the gateways’ door.', connections),
        ...gauge('daybook_relay_inbox_up', '1 while the shared inbox takes events.', isInboxAvailable ? 1 : 0),
        ...gauge('process_resident_memory_bytes', 'Resident memory of the relay.', process.memoryUsage().rss), '',
      ].join('\n'),
  };
}
