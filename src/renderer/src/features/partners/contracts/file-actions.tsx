import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useIsNarrow } from '../../../components/act-buttons.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { describeError } from '../../../lib/described-error.ts';
import { downloadText } from '../../../lib/export-text.ts';

/** All partners, contracts and amendments as a file that can be imported again, and the way back in. @param onImport null for who may not. */
export function FileActions({ onImport }: { onImport: (() => void) | null }) {
  const isNarrow = useIsNarrow();
  const { client } = useApi();
  const exporting = useMutation({
    mutationFn: (format: 'csv' | 'json') => client.contracts.exportFile({ format }),
    onSuccess: ({ fileName, text }, format) => { downloadText(fileName, text, format === 'csv' ? 'text/csv' : 'application/json'); notifications.show({ message: `${fileName} is saved` }); },
    onError: (error) => { const said = describeError(error); notifications.show({ color: 'red', title: said.title, message: said.nextStep ?? said.code }); },
  });
  const isOneMenu = isNarrow && onImport !== null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" loading={exporting.isPending} title="Every partner, contract and amendment, as the import reads it">{isOneMenu ? 'Files…' : 'Export all…'}</Button></Menu.Target>
        <Menu.Dropdown>
          {(['csv', 'json'] as const).map((format) => <Menu.Item key={format} onClick={() => exporting.mutate(format)}>All as {format.toUpperCase()}</Menu.Item>)}
          {isOneMenu ? <Menu.Item onClick={onImport}>Import…</Menu.Item> : null}
        </Menu.Dropdown>
      </Menu>
      {onImport && !isOneMenu ? <Button variant="default" onClick={onImport}>Import…</Button> : null}
    </>
  );
}
