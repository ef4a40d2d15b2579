import { Button, Checkbox, PasswordInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ArchivePlaceView, ArchiveSettingsView } from '../../../../../shared/api/archive.contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { CheckList } from '../check-list.tsx';

type Bucket = Extract<ArchivePlaceView, { kind: 's3' }>;

const emptyBucket: Bucket = { kind: 's3', endpoint: '', region: 'us-east-1', bucket: '', prefix: '', accessKeyId: '', addressing: 'path', allowsPlaintext: false };
const addressings = [{ value: 'path', label: 'In the path' }, { value: 'host', label: 'Before the host' }] as const;
const isReadable = (endpoint: string): boolean => endpoint.startsWith('http://') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(endpoint);

/** The place as it is typed: tried before it is kept. */
export function ArchivePlaceForm({ settings }: { settings: ArchiveSettingsView }) {
  const api = useApi();
  const cache = useQueryClient();
  const [kind, setKind] = useState<ArchivePlaceView['kind']>(settings.place?.kind ?? 'folder');
  const [folder, setFolder] = useState(settings.place?.kind === 'folder' ? settings.place.folder : '');
  const [bucket, setBucket] = useState<Bucket>(settings.place?.kind === 's3' ? settings.place : emptyBucket);
  const [secret, setSecret] = useState('');
  const place: ArchivePlaceView = kind === 'folder' ? { kind, folder: folder.trim() } : bucket;
  const isReady = kind === 'folder' ? folder.trim() !== '' : bucket.endpoint !== '' && bucket.region !== '' && bucket.bucket !== '' && bucket.accessKeyId !== '';
  const test = useMutation({ mutationFn: () => api.client.archive.test({ place, secret: secret || null }) });
  const save = useMutation({
    async mutationFn(wanted: ArchivePlaceView | null) {
      await api.client.archive.save({ commandId: crypto.randomUUID(), place: wanted });
      if (secret !== '' && wanted?.kind === 's3') await api.client.archive.setSecret({ commandId: crypto.randomUUID(), secret });
    },
    onSuccess: () => setSecret(''),
    onSettled: () => markStale(api, cache, 'archive'),
  });
  return (
    <form style={{ display: 'grid', gap: 12, marginTop: 10 }} aria-label="Where documents are archived" onSubmit={(event) => { event.preventDefault(); if (isReady) save.mutate(place); }}>
      <div className="row-flex"><SegmentedControl size="xs" aria-label="Kind of place" value={kind} onChange={(value) => setKind(value === 's3' ? 's3' : 'folder')} data={[{ value: 'folder', label: 'A folder' }, { value: 's3', label: 'A bucket (S3)' }]} /></div>
      {kind === 'folder' ? (
        <TextInput style={{ maxWidth: 648 }} label="Folder" description="The whole path of one that exists: of this machine, or of a server it is mounted from." placeholder="/mnt/archive/invoices" spellCheck={false} value={folder} onChange={(event) => setFolder(event.currentTarget.value)} />
      ) : <BucketFields settings={settings} bucket={bucket} onChange={(changes) => setBucket((before) => ({ ...before, ...changes }))} secret={secret} onSecret={setSecret} />}
      <div className="row-flex">
        <Button variant="default" disabled={!isReady} loading={test.isPending} onClick={() => test.mutate()}>Test</Button>
        <Button type="submit" disabled={!isReady} loading={save.isPending}>Save</Button>
        {settings.place ? <Button variant="default" disabled={save.isPending} title="What lies there stays" onClick={() => save.mutate(null)}>Archive no more</Button> : null}
      </div>
      {test.isError ? <ErrorNotice error={test.error} /> : null}
      {test.data ? <CheckList checks={test.data.checks} /> : null}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </form>
  );
}

interface BucketFieldsProps {
  settings: ArchiveSettingsView;
  bucket: Bucket;
  onChange: (changes: Partial<Bucket>) => void;
  secret: string;
  onSecret: (secret: string) => void;
}

function BucketFields({ settings, bucket, onChange, secret, onSecret }: BucketFieldsProps) {
  const kept = settings.place?.kind === 's3' ? settings.place : null;
  const hasSecret = settings.hasSecret && kept !== null && kept.endpoint === bucket.endpoint && kept.bucket === bucket.bucket && kept.accessKeyId === bucket.accessKeyId;
  return (
    <>
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 420 }} label="Endpoint" placeholder="https://s3.eu-central-1.amazonaws.com" spellCheck={false} autoComplete="off" value={bucket.endpoint} onChange={(event) => onChange({ endpoint: event.currentTarget.value.trim() })} />
        <TextInput w={160} label="Region" spellCheck={false} value={bucket.region} onChange={(event) => onChange({ region: event.currentTarget.value.trim() })} />
        <Select w={180} label="The bucket’s name stands" allowDeselect={false} value={bucket.addressing} data={[...addressings]} onChange={(value) => onChange({ addressing: value === 'host' ? 'host' : 'path' })} />
      </div>
      {isReadable(bucket.endpoint) ? <Checkbox label="Invoices may be read by whoever is on the way to this endpoint. I know, and the network is trusted." checked={bucket.allowsPlaintext} onChange={(event) => onChange({ allowsPlaintext: event.currentTarget.checked })} /> : null}
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Bucket" spellCheck={false} value={bucket.bucket} onChange={(event) => onChange({ bucket: event.currentTarget.value.trim() })} />
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Prefix" placeholder="None" spellCheck={false} value={bucket.prefix} onChange={(event) => onChange({ prefix: event.currentTarget.value.trim() })} />
      </div>
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Access key id" description="May put and get objects; it need not delete." spellCheck={false} autoComplete="off" value={bucket.accessKeyId} onChange={(event) => onChange({ accessKeyId: event.currentTarget.value.trim() })} />
        <PasswordInput className="grow" style={{ maxWidth: 320 }} label="Secret key" description={hasSecret ? 'One is kept. Type another to replace it.' : 'For this bucket and key only.'} autoComplete="off" value={secret} onChange={(event) => onSecret(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }} />
      </div>
    </>
  );
}
