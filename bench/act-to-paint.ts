/**
 * From a person's act to the frame that shows what came of it, measured inside the page: from the event's own time stamp to the first task after the
 * frame in which the condition held.
 */
import type { Page } from 'playwright';

interface SampleBox {
  sample?: Promise<number>;
}

const patienceMs = 15_000;

/** What must hold in the page, with what it is given; it is sent there as text and can use nothing from outside. */
export type PageCondition = (wanted: string) => boolean;

/**
 * Does an act and waits for what it must bring.
 * @param eventType the event that starts the clock, for example `keydown`.
 * @returns milliseconds.
 */
export async function actToPaintMs(page: Page, eventType: 'keydown' | 'click', act: () => Promise<void>, holds: PageCondition, wanted: string): Promise<number> {
  await page.evaluate(
    ({ type, condition, wanted: text, patience }) => {
      // The condition was written in this file's neighbours: nothing of the page's own is evaluated.
      const isTrue = new Function(`return (${condition})`)() as (wanted: string) => boolean;
      (window as unknown as SampleBox).sample = new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`After ${patience} ms “${text}” was still not shown: ${condition}`)), patience);
        window.addEventListener(type, (event) => {
          const look = (): void => {
            if (!isTrue(text)) return void requestAnimationFrame(look);
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - event.timeStamp);
            port2.postMessage(null);
          };
          requestAnimationFrame(look);
        }, { capture: true, once: true });
      });
    },
    { type: eventType, condition: holds.toString(), wanted, patience: patienceMs },
  );
  await act();
  return page.evaluate(() => (window as unknown as SampleBox).sample ?? Promise.reject(new Error('The act was not seen.')));
}
