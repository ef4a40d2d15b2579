/** What the lines of a rated month are written with, whatever the language. */

/** The languages that documents are written in. */
export type DocumentLanguage = 'en' | 'de';

/** What is counted: deeds and requests by the meter, blocks by the model. */
export type UnitName = 'deeds' | 'requests' | 'blocks' | 'started blocks';

export interface RatingTexts {
  readonly months: readonly string[];
  /** Days of one month, the last one included; '1 to 15 October'. */
  days(from: number, to: number, monthName: string): string;
  readonly units: Readonly<Record<UnitName, readonly [one: string, many: string]>>;
  apiAccess(span: string): string;
  deedsFiled(span: string): string;
  requests(span: string): string;
  minimum(span: string): string;
  lateUsage(month: string): string;
  takenBack(month: string): string;
  invoicedAlready(month: string): string;
  readonly wholeFlatFee: string;
  /** '15 of 31 days'. */
  daysOf(days: number, all: number): string;
  readonly rounded: string;
  /** ' − 100 included', with how it was scaled. */
  included(included: string, scaled: string | null): string;
  scaledDown(whole: string, days: string): string;
  /** Of requests: '2 started blocks of 1,000'. */
  blocksOf(blocks: string): string;
  readonly lastVolumeTier: string;
  volumeTier(upTo: string): string;
  tierFrom(unit: UnitName, from: string): string;
  tierTo(unit: UnitName, from: string, to: string): string;
  tierBounds(days: string): string;
  minimumLess(minimum: string, charged: string): string;
  readonly and: string;
  on(amount: string, invoice: string): string;
  draftOf(month: string): string;
  carriedElsewhere(month: string, where: string): string;
  ratedAgain(month: string, units: string, rated: string, invoiced: string): string;
  unitsThen(units: string, meter: UnitName, then: string): string;
  edited(reason: string): string;
  readonly shownWithoutTax: string;
}
