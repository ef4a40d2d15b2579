import type { z } from 'zod';
import type { stripeOverviewSchema } from '../../../../shared/api/stripe.contract.ts';

export type StripeOverview = z.infer<typeof stripeOverviewSchema>;
