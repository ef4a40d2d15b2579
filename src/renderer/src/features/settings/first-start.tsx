import { Box, Screen } from '../../components/screen.tsx';
import { Section } from '../../components/record-parts.tsx';
import { copyText } from '../../lib/copy-text.ts';
import { useCan } from '../../lib/preferences.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../lib/api/api-context.tsx';

const demoCommand = 'npm run demo';

/** The first start: a company to explore without any account, or one’s own. */
export function FirstStart() {
  const { queries } = useApi();
  const isAdmin = useCan('admin');
  const settings = useQuery(queries.settings.get.queryOptions({ input: {} })).data;
  return (
    <Screen title="Welcome to Daybook">
      <p className="quiet" style={{ maxWidth: 640 }}>Daybook keeps a ledger of what Stripe and your own back end say, explains every figure down to its source, bills your partners and finds what does not agree. It only reads from Stripe.</p>
      <Box title="Explore the demo company">
        <Section title="No account needed">
          <p>A deeds-and-filings company with three years of subscriptions, payments, payouts and partners runs on this machine. Everything you see there comes through the same services as a real ledger. In a terminal, in Daybook’s folder:</p>
          <p className="row-flex" style={{ marginTop: 8 }}><code className="control">{demoCommand}</code><button type="button" className="text-button" onClick={() => void copyText(demoCommand, 'Command')}>Copy</button></p>
        </Section>
      </Box>
      <Box title="Connect your own">
        {isAdmin ? (
          <>
            <ConnectionForm kind="stripe" isSet={settings?.hasStripeKey ?? false} />
            <ConnectionForm kind="postgres" isSet={settings?.hasPostgresUrl ?? false} />
          </>
        ) : <Section title="An admin does this"><p>Ask an admin to set the Stripe key and the address of the shared database on this desk.</p></Section>}
      </Box>
    </Screen>
  );
}
