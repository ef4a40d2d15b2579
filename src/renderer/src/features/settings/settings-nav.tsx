import { NavLink } from 'react-router';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';

const places = [[links.settings, 'General'], [links.people, 'People'], [links.invoiceTemplate, 'Invoice template'], [links.invoicingSettings, 'Invoicing'], [links.numbers, 'Document numbers'], [links.mailSettings, 'E-mail'], [links.archiveSettings, 'Archive'], [links.rates, 'Exchange rates'], [links.reconciliationSettings, 'Reconciliation'], [links.stripeSettings, 'Stripe'], [links.stripeEvents, 'Event log'], [links.stripeWaiting, 'Waiting']] as const;

/** The rooms of Settings; who may sign in is for admins alone. */
export function SettingsNav() {
  const isAdmin = useCan('admin');
  return (
    <nav aria-label="Settings" className="tabs many">
      {places.filter(([path]) => isAdmin || path !== links.people).map(([path, title]) => <NavLink key={path} to={path} end={path === links.settings || path === links.stripeSettings}>{title}</NavLink>)}
    </nav>
  );
}
