import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useApi } from '../../lib/api/api-context.tsx';
import { startTableFile, type TableFile, type TableFormat } from '../../lib/export-file.ts';
import { downloadBlob } from '../../lib/export-text.ts';

type ListFilter = NonNullable<Parameters<ReturnType<typeof useApi>['client']['invoices']['exportCsv']>[0]['filter']>;

/** The lines of every invoice that the list shows, as a CSV or XLSX file; part by part. */
export function useLinesExport() {
  const { client } = useApi();
  return useMutation({
    mutationFn: async ({ format, filter }: { format: TableFormat; filter: ListFilter }) => {
      let file: TableFile | null = null;
      let rows = 0;
      let name = 'invoice-lines';
      for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
        const part: Awaited<ReturnType<typeof client.invoices.exportCsv>> = await client.invoices.exportCsv({ of: 'lines', as: 'cells', filter, cursor });
        name = part.fileName.replace(/\.csv$/, '');
        file ??= startTableFile(format, name, part.columns);
        file.rows(part.cells);
        rows += part.rows;
        cursor = part.nextCursor;
      }
      if (file) downloadBlob(`${name}.${format}`, file.finish());
      notifications.show({ message: `${name}.${format} with ${rows} ${rows === 1 ? 'line' : 'lines'}` });
    },
  });
}
