import { expect, it } from 'vitest';
import { demoEnvironment } from './demo-environment.ts';

it('the demo works on its own company, whatever Daybook is set to in the shell', () => {
  const login = 'postgres://demo@127.0.0.1:1/daybook';
  const world = {
    stripe: { url: 'http://127.0.0.1:2', secretKey: 'sk_test_x', restrictedKey: 'rk_test_x', webhookSecret: 'whsec_x' },
    postgres: { ownerUrl: login, adminUrl: login, accountantUrl: login, financeUrl: login, managerUrl: login, relayUrl: login, companyBackendUrl: login },
    now: '2026-11-18T14:14:00.000Z',
  };
  const shell = { PATH: '/bin', DAYBOOK_STRIPE_API_BASE: 'https://api.stripe.com', DAYBOOK_STRIPE_KEY: 'sk_live_theirs', DAYBOOK_POSTGRES_URL: 'postgres://theirs', DAYBOOK_NOW: '2020-01-01T00:00:00Z', DAYBOOK_DATA: '/their/books', DAYBOOK_STRIPE_LIMITER: 'on', DAYBOOK_BROWSER: '/usr/bin/chromium' };
  expect(demoEnvironment(shell, world)).toEqual({
    PATH: '/bin', DAYBOOK_BROWSER: '/usr/bin/chromium', DAYBOOK_STRIPE_API_BASE: 'http://127.0.0.1:2', DAYBOOK_STRIPE_KEY: 'rk_test_x', DAYBOOK_POSTGRES_URL: login, DAYBOOK_NOW: '2026-11-18T14:14:00.000Z',
  });
});
