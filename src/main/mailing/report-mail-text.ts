/** What the e-mail with a report says: the first figures, so that who reads it on the way need not open the file. Pure. */
import type { ReportDocument } from '../../shared/documents/report-document.ts';

const saidCards = 4;

export function reportMailText(report: ReportDocument, senderName: string): { readonly subject: string; readonly text: string } {
  const cards = report.blocks.find((block) => block.kind === 'cards')?.cards.slice(0, saidCards) ?? [];
  const lines = [
    'Hello,', '', `attached is the ${report.title.toLowerCase()} of ${report.company} for ${report.subject}.`, '',
    ...cards.map((card) => `${card.label}: ${[card.value, ...(card.notes.length > 0 ? [`(${card.notes.join(', ')})`] : [])].join(' ')}`),
    ...(report.cautions.length > 0 ? ['', ...report.cautions] : []), '', report.lead, '', senderName, '',
  ];
  return { subject: `${report.title}, ${report.subject}`, text: lines.join('\n') };
}
