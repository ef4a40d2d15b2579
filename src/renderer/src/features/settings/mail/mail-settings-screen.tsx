import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Box, Screen } from '../../../components/screen.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { SettingsNav } from '../settings-nav.tsx';
import { MailServerSection } from './mail-server-section.tsx';
import { MailTextsSection } from './mail-texts-section.tsx';

/** How this desk sends invoices: its mail server, tried before it is kept, and the texts with what they will say beside them. */
export function MailSettingsScreen() {
  const { queries } = useApi();
  const settings = useQuery(queries.mail.settings.get.queryOptions({ input: {} }));
  const templates = useQuery(queries.mail.templates.get.queryOptions({ input: {} }));
  return (
    <Screen title="Settings" controls={<SettingsNav />}>
      {settings.isError ? <ErrorNotice error={settings.error} onRetry={() => void settings.refetch()} /> : null}
      {settings.data ? <Box title="E-mail"><MailServerSection settings={settings.data} /></Box> : null}
      {templates.isError ? <ErrorNotice error={templates.error} onRetry={() => void templates.refetch()} /> : null}
      {templates.data ? <Box title="Texts" note="of this desk"><MailTextsSection templates={templates.data.templates} placeholders={templates.data.placeholders} /></Box> : null}
    </Screen>
  );
}
