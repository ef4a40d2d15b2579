import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** axe finds nothing on what is shown. @param place named where it finds something. */
export async function expectNoViolations(page: Page, place: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  expect(violations.map((each) => `${place}: ${each.id} at ${each.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}

/** Light and dark: a picture of each for whoever judges it, and axe finds nothing unless `isClean` is false. */
export async function picture(page: Page, name: string, { isClean = true } = {}): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    await page.screenshot({ path: `screenshots/${name}${colorScheme === 'dark' ? '-dark' : ''}.png`, animations: 'disabled' });
    if (isClean) await expectNoViolations(page, `${name}, ${colorScheme}`);
  }
}
