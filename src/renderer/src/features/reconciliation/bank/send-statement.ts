import { largestBankPart } from '../../../../../shared/api/banking.contract.ts';
import type { Api } from '../../../lib/api/api-context.tsx';

/** Messages are short: a file goes in parts, and is read when it is whole. @returns the upload’s id. */
export async function sendStatement({ client }: Api, file: File, onSent: (share: number) => void): Promise<string> {
  const uploadId = crypto.randomUUID();
  if (file.size === 0) throw Object.assign(new Error('The file is empty.'), { code: 'bank-file-empty', data: { nextStep: 'Ask the bank for the statement again.' } });
  for (let position = 0; position < file.size; position += largestBankPart) {
    const bytes = new Uint8Array(await file.slice(position, position + largestBankPart).arrayBuffer());
    await client.banking.upload({ commandId: crypto.randomUUID(), uploadId, position, bytes });
    onSent(Math.min(1, (position + bytes.byteLength) / file.size));
  }
  return uploadId;
}
