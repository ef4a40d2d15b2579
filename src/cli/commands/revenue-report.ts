import { resolve } from 'node:path';
import type { CommandAction } from './command.ts';
import { writeOutputFile } from '../output.ts';

export function saveRevenueReport(options: { month: string; out?: string }): CommandAction {
  return async ({ client, output }) => {
    const report = await client.revenueReport.make({ month: options.month });
    const file = resolve(options.out ?? report.fileName);
    writeOutputFile(file, report.bytes, (await client.settings.get({})).dataFolder);
    output.answer({ file, bytes: report.bytes.byteLength, month: report.month, asOf: report.asOf }, (out) => out.line(`${file} (${report.bytes.byteLength.toLocaleString('en-US')} bytes, as of ${new Date(report.asOf).toISOString()})`));
    return 0;
  };
}

interface SentReport {
  readonly outcome: string;
  readonly month: string;
  readonly delivery: { readonly subject: string; readonly recipients: readonly { readonly address: string; readonly state: string; readonly response: string | null }[] };
}

export function sendRevenueReport(options: { month: string }): CommandAction {
  return async ({ output, runJob }) => {
    const run = await runJob('revenue-report', { period: options.month });
    const sent = run.result as SentReport;
    output.answer(sent, (out) => {
      out.line(`${sent.delivery.subject} was sent.`);
      out.table(sent.delivery.recipients, [
        { title: 'To', text: (row) => row.address },
        { title: 'Answer', text: (row) => row.state },
        { title: 'The server said', text: (row) => row.response ?? '' },
      ]);
    });
    return 0;
  };
}
