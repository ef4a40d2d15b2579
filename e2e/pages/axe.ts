import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * axe finds nothing on what is shown. Its text is half a megabyte: it goes into a page once. The app has no frames, which axe would want to be told about one by one.
 * @param place named where it finds something.
 */
export async function expectNoViolations(page: Page, place: string): Promise<void> {
  expect(await page.evaluate(() => document.querySelectorAll('iframe, frame').length), `${place}: frames`).toBe(0);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async (values) => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const found = await inPage.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    return found.violations.map((each) => `${each.id} at ${each.nodes.map((node) => node.html).join(' ')}`);
  }, tags);
  expect(violations.map((each) => `${place}: ${each}`)).toEqual([]);
}

async function switchTo(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
  // Colours change with the next picture, and where motion is not reduced by a transition: before that axe would read the old ones.
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.allSettled(document.getAnimations().filter((each) => Number.isFinite(Number(each.effect?.getComputedTiming().endTime))).map((each) => each.finished));
  });
}

/** axe finds nothing on what is shown, neither in dark nor in light, which is what it is left in. */
export async function expectNoViolationsInBoth(page: Page, place: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await switchTo(page, colorScheme);
    await expectNoViolations(page, `${place}, ${colorScheme}`);
  }
}

/** Light and dark: a picture of each for whoever judges it, and axe finds nothing unless `isClean` is false. */
export async function picture(page: Page, name: string, { isClean = true } = {}): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await switchTo(page, colorScheme);
    await page.screenshot({ path: `screenshots/${name}${colorScheme === 'dark' ? '-dark' : ''}.png`, animations: 'disabled' });
    if (isClean) await expectNoViolations(page, `${name}, ${colorScheme}`);
  }
}
