import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { links } from '../../lib/links.ts';
import { useRevenueChoices } from './revenue-pickers.tsx';

/** Whether there ever was any; undefined: not known yet. */
export function useHasRevenue(): boolean | undefined {
  const choices = useRevenueChoices();
  if (choices.data) return choices.data.firstMonth !== null;
  return typeof choices.error === 'object' && choices.error !== null && 'code' in choices.error && choices.error.code === 'mrr-not-rebuilt' ? false : undefined;
}

export function NoRevenueYet() {
  return <EmptyState title="No revenue yet" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>Once Stripe’s subscriptions and invoices are here, MRR and its movements show up by themselves.</EmptyState>;
}
