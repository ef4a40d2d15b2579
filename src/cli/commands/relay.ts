/** `daybook relay`: a process of its own that needs no data folder; it runs until it is told to stop. */
import { redact } from '../../main/platform/logger.ts';
import { systemClock } from '../../main/platform/system-clock.ts';
import { startRelay, type RelayLog } from '../../relay/relay.ts';
import { readRelayConfig, type RelayFlags } from '../../relay/relay-config.ts';
import type { Output } from '../output.ts';

/** One JSON object a line on the error stream, for whatever collects the logs of this machine; secrets taken out. */
function errorStreamLog(): RelayLog {
  const write = (level: string, event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    void process.stderr.write(`${JSON.stringify({ at: new Date(systemClock.now()).toISOString(), level, event, ...(redact(fields) as object) })}\n`);
  return { info: (event, fields) => write('info', event, fields), warn: (event, fields) => write('warn', event, fields), error: (event, fields) => write('error', event, fields) };
}

/**
 * Resolves after SIGTERM or SIGINT, when all that was received is stored or given back.
 * @throws as readRelayConfig and startRelay do.
 */
export async function runRelay(flags: RelayFlags, env: Readonly<Record<string, string | undefined>>, output: Output): Promise<void> {
  // For good: a signal that comes twice (a terminal and npm both pass it on) does not cut off what the first one lets finish.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => resolve());
  });
  const relay = await startRelay({ config: readRelayConfig(flags, env), log: errorStreamLog(), now: systemClock.now });
  output.answer({ url: relay.url, metricsUrl: relay.metricsUrl }, (out) => {
    out.line(`Receiving webhooks at ${relay.url}/webhooks/stripe and ${relay.url}/webhooks/paystack.`);
    out.line(`Health, readiness and metrics: ${relay.metricsUrl}/health, /ready, /metrics.`);
  });
  await stopped;
  await relay.stop();
}
