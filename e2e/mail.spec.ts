/** Invoices by e-mail, at the admin's desk: the mail server tried and set, a text edited, an invoice sent, refused, and settled, over a real mail server on loopback. */
import type { Page } from '@playwright/test';
import { startMailServer, type TestMailServer } from '../sandbox/mail-server.ts';
import { expect, openSecondDesk, test as base } from './fixtures/app.ts';
import { startDemoWorld, type DemoWorld } from './fixtures/demo-world.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

interface Admin {
  readonly page: Page;
  readonly errors: string[];
}

const test = base.extend<object, { world: DemoWorld; mailServer: TestMailServer; admin: Admin }>({
  world: [
    async ({ browserName: _browser }, use) => {
      const world = await startDemoWorld();
      await use(world);
      await world.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  mailServer: [
    async ({ browserName: _browser }, use) => {
      const server = await startMailServer({ login: { user: 'daybook', password: 'right horse' } });
      await use(server);
      await server[Symbol.asyncDispose]();
    },
    { scope: 'worker' },
  ],
  admin: [
    async ({ browser, world }, use) => {
      const admin = await openSecondDesk(browser, world);
      await use(admin);
      await admin.page.context().close();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

/** Opens the n-th finalised partner invoice and asks to send it. */
async function openSending(page: Page, place: number): Promise<{ workspace: Workspace; number: string }> {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?origin=partner&status=finalised');
  await workspace.waitForRows();
  const number = (await workspace.cell(workspace.rows().nth(place), 'Number').textContent()) ?? '';
  await workspace.row(number).click(); // by what was read: a list that comes late may put another one in that place
  await expect(workspace.panel.getByRole('heading', { level: 2 })).toHaveText(number);
  await workspace.panel.getByRole('button', { name: 'Send by e-mail…' }).click();
  return { workspace, number };
}

test.describe.configure({ mode: 'serial' });

test('a desk where nothing is set up says what to do', async ({ admin: { page } }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/jobs');
  await page.getByRole('button', { name: /^Run .*shared database.* now$/ }).click();
  await expect(page.getByText(/shared database is done$/).first()).toBeVisible();
  await workspace.goTo('/invoices/mail');
  await expect(page.getByRole('heading', { name: 'Nothing was sent yet' })).toBeVisible();
  await picture(page, 'mail-outbox-empty', { isClean: false });
  await page.getByRole('link', { name: 'Set up the mail server' }).click();
  await expect(page.getByText('Not set up')).toBeVisible();
});

test('the mail server is tested as typed, a wrong password is said, and what is right is kept', async ({ admin: { page }, mailServer }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/mail');
  await page.getByRole('textbox', { name: 'Server', exact: true }).fill('127.0.0.1');
  await page.getByRole('combobox', { name: 'Encryption' }).click();
  await page.getByRole('option', { name: 'None: readable on its way' }).click();
  await page.getByRole('textbox', { name: 'Port' }).fill(String(mailServer.port));
  await page.getByRole('textbox', { name: 'Login' }).fill('daybook');
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill('wrong horse');
  await page.getByRole('textbox', { name: 'Sender’s name' }).fill('Meridian Data');
  await page.getByRole('textbox', { name: 'Sender’s address' }).fill('billing@meridian.example');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('refused the login');
  await expect(page.getByRole('status')).toContainText('smtp-login-refused');
  await picture(page, 'settings-mail-refused', { isClean: false });
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill('right horse');
  await page.getByRole('textbox', { name: 'Send a test to' }).fill('me@meridian.example');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('Taken for me@meridian.example');
  expect(mailServer.mails.map((mail) => mail.to)).toEqual([['me@meridian.example']]);
  // By the keyboard alone.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Save' }).first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Set up', { exact: true })).toBeVisible();
  await expect(page.getByText('One is kept. Type another to replace it.')).toBeVisible();
  // Another host would need the password again: the kept one goes nowhere else.
  await page.getByRole('textbox', { name: 'Server', exact: true }).fill('localhost');
  await expect(page.getByText('One is kept.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('smtp-password-missing');
  await page.reload();
  await expect(page.getByText('One is kept.')).toBeVisible();
});

test('a text is edited with what it will say beside it; an unknown placeholder is refused', async ({ admin: { page } }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/mail');
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview).toContainText('Invoice API-202610-dp_pk_ABC from Your company');
  await page.getByRole('textbox', { name: 'Subject' }).fill('Your invoice {numbr}');
  await expect(preview).toContainText('mail-placeholder-unknown');
  await expect(page.getByRole('button', { name: 'Save' }).last()).toBeDisabled();
  await page.getByRole('textbox', { name: 'Subject' }).fill('Your invoice {number} for {month}');
  await expect(preview).toContainText('Your invoice API-202610-dp_pk_ABC for October 2026');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect(page.getByText('Your own text')).toBeVisible();
  await page.getByText('German', { exact: true }).click();
  await expect(preview).toContainText('Fällig am: 2. Dezember 2026');
  await page.getByText('English', { exact: true }).click();
  await picture(page, 'settings-mail');
});

test('an invoice is seen before it is sent, goes out once with its PDF, and says so', async ({ admin: { page }, mailServer }) => {
  const { workspace, number } = await openSending(page, 0);
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(`Your invoice ${number} for October 2026`);
  await expect(dialog).toContainText(`${number}.pdf`);
  await expect(dialog.getByRole('textbox', { name: 'To' })).toHaveValue(/@/);
  await picture(page, 'mail-send');
  const before = mailServer.mails.length;
  await dialog.getByRole('button', { name: 'Send', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('status')).toContainText('It is in the outbox and goes out now.');
  await dialog.getByRole('link', { name: 'See what becomes of it' }).click();
  await expect(workspace.panel).toContainText('E-mail sent', { timeout: 30_000 });
  expect(mailServer.mails).toHaveLength(before + 1);
  const raw = mailServer.mails.at(-1)?.raw ?? '';
  expect(raw).toContain(`Subject: Your invoice ${number} for October 2026`);
  expect(raw).toContain(Buffer.from('%PDF-1.7').toString('base64').slice(0, 8));
  await picture(page, 'mail-outbox');
  await workspace.panel.getByRole('link', { name: number }).click();
  await expect(workspace.panel).toContainText('E-mail sent');
  await expect(workspace.panel.getByText('Sent', { exact: true }).first()).toBeVisible();
  await workspace.panel.getByRole('button', { name: 'Send by e-mail…' }).click();
  await expect(dialog.getByRole('checkbox', { name: 'It was sent before. Send it once more.' })).not.toBeChecked();
  await expect(dialog.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
  await picture(page, 'mail-send-again', { isClean: false });
  await page.keyboard.press('Escape');
});

test('what the mail server refuses for good stands on the invoice, and is sent again to another address', async ({ admin: { page }, mailServer }) => {
  const { workspace } = await openSending(page, 0);
  const dialog = page.getByRole('dialog');
  mailServer.refuseRecipient('gone@customer.example', { code: 550, text: '5.1.1 No such user here' });
  await dialog.getByRole('textbox', { name: 'To' }).fill('gone@customer.example');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByRole('link', { name: 'See what becomes of it' }).click();
  await expect(workspace.panel).toContainText('No such user here', { timeout: 30_000 });
  await expect(workspace.panel.getByRole('button', { name: 'Try again' })).toBeVisible();
  await picture(page, 'mail-refused', { isClean: false });
  await workspace.panel.getByRole('link', { name: /^API-/ }).click();
  await expect(workspace.panel).toContainText('E-mail not sent');
  await workspace.panel.getByRole('button', { name: 'Send by e-mail…' }).click();
  await dialog.getByRole('textbox', { name: 'To' }).fill('here@customer.example');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByRole('link', { name: 'See what becomes of it' }).click();
  await expect(workspace.panel).toContainText('E-mail sent', { timeout: 30_000 });
  expect(mailServer.mails.at(-1)?.to).toEqual(['here@customer.example']);
});

test('what nobody knows is put before a person, and what came back is noted', async ({ admin: { page, errors }, mailServer }) => {
  const { workspace } = await openSending(page, 0);
  const dialog = page.getByRole('dialog');
  mailServer.hangUpAfterData();
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByRole('link', { name: 'See what becomes of it' }).click();
  await expect(workspace.panel.getByRole('button', { name: 'It arrived' })).toBeVisible({ timeout: 30_000 });
  await picture(page, 'mail-in-doubt');
  await workspace.panel.getByRole('button', { name: 'It arrived' }).click();
  await workspace.panel.getByRole('button', { name: 'It came back…' }).click();
  await dialog.getByRole('textbox', { name: 'What the returned e-mail says' }).fill('Mailbox full');
  await dialog.getByRole('button', { name: 'Note it' }).click();
  await expect(workspace.panel).toContainText('E-mail came back');
  await expect(workspace.panel).toContainText('Mailbox full');
  expect(errors, 'the console stays silent').toEqual([]);
});
