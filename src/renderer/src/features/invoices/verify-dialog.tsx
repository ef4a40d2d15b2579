import { Button, FileButton, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { VerificationView } from '../../../../shared/api/documents.contract.ts';
import { fingerprintIn, largestVerifiedBytes } from '../../../../shared/documents/document-marks.ts';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';

const looks: Readonly<Record<VerificationView['verdict'], { badge: string; word: string }>> = {
  issued: { badge: 'ok', word: 'As issued' }, 'other-version': { badge: 'attention', word: 'Another version' }, changed: { badge: 'problem', word: 'Changed' }, 'not-ours': { badge: 'info', word: 'Not ours' },
};

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether a PDF that somebody holds is the one that was issued. The file is read here and goes nowhere. */
export function VerifyDialog({ onClose }: { onClose: () => void }) {
  const { client } = useApi();
  const [isOver, setOver] = useState(false);
  const verify = useMutation({
    mutationFn: async (file: File) => {
      if (file.size > largestVerifiedBytes) throw Object.assign(new Error('The file is larger than any invoice of Daybook’s.'), { code: 'document-too-large' });
      const bytes = new Uint8Array(await file.arrayBuffer());
      return { name: file.name, ...(await client.documents.verify({ sha256: await sha256Of(bytes), fingerprint: fingerprintIn(bytes) })) };
    },
  });
  const take = (file: File | null | undefined): void => { if (file) verify.mutate(file); };
  const result = verify.data;
  return (
    <Modal opened onClose={onClose} title="Verify a PDF" size="lg">
      <div style={{ display: 'grid', gap: 12 }}>
        <div
          className={`drop-place${isOver ? ' over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]); }}
        >
          <p className="quiet">Drop an invoice’s PDF here to see whether it is the one that was issued. It is read on this desk and sent nowhere.</p>
          <FileButton accept="application/pdf" onChange={take}>{(props) => <Button variant="default" data-autofocus loading={verify.isPending} {...props}>Choose a file…</Button>}</FileButton>
        </div>
        {verify.isError ? <ErrorNotice error={verify.error} /> : null}
        {result && !verify.isPending ? (
          <div role="status">
            <p><span className={`badge ${looks[result.verdict].badge}`}>{looks[result.verdict].word}</span> <b>{result.name}</b></p>
            <p>{result.message}{result.invoiceId ? <> <EntityLink to={links.invoice(result.invoiceId)}>Open {result.number ?? 'the draft'}</EntityLink></> : null}</p>
          </div>
        ) : null}
        <div className="row-flex"><Button variant="default" onClick={onClose}>Close</Button></div>
      </div>
    </Modal>
  );
}
