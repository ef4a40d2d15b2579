/** The lines of a rated month in German. */
import type { RatingTexts, UnitName } from './rating-texts.ts';

const units: RatingTexts['units'] = { deeds: ['Urkunde', 'Urkunden'], requests: ['Anfrage', 'Anfragen'], blocks: ['Block', 'Blöcke'], 'started blocks': ['angefangener Block', 'angefangene Blöcke'] };
const many = (unit: UnitName): string => units[unit][1];

export const germanRatingTexts: RatingTexts = {
  months: ['Januar', 'Februar', 'März', 'April', 'Mai', 'Juni', 'Juli', 'August', 'September', 'Oktober', 'November', 'Dezember'],
  days: (from, to, monthName) => `${from === to ? `${from}.` : `${from}. bis ${to}.`} ${monthName}`, units,
  apiAccess: (span) => `API-Zugang, ${span}`, deedsFiled: (span) => `Eingereichte Urkunden, ${span}`, requests: (span) => `API-Anfragen, ${span}`, minimum: (span) => `Mindestumsatz, ${span}`,
  lateUsage: (month) => `Nachgemeldeter Verbrauch, ${month}`, takenBack: (month) => `Zurückgenommener Verbrauch, ${month}`, invoicedAlready: (month) => `Bereits berechnet, ${month}`,
  wholeFlatFee: 'Pauschale für den ganzen Monat', daysOf: (days, all) => `${days} von ${all} Tagen`, rounded: ', kaufmännisch gerundet', included: (included, scaled) => ` − ${included} inklusive${scaled === null ? '' : ` (${scaled})`}`,
  scaledDown: (whole, days) => `${whole} × ${days}, abgerundet`, blocksOf: (blocks) => ` → ${blocks} zu je 1.000; `, lastVolumeTier: ', oberste Mengenstaffel', volumeTier: (upTo) => `, Mengenstaffel bis ${upTo}`,
  tierFrom: (unit, from) => ` (${many(unit)} ab ${from})`, tierTo: (unit, from, to) => ` (${many(unit)} ${from} bis ${to})`, tierBounds: (days) => `; Staffelgrenzen × ${days}, abgerundet`,
  minimumLess: (minimum, charged) => `Mindestumsatz ${minimum} − ${charged} berechnet nach Nachlass`, and: ' und ', on: (amount, invoice) => `${amount} mit ${invoice}`, draftOf: (month) => `dem Entwurf für ${month}`,
  carriedElsewhere: (month, where) => `Die Positionen oben zählen den ganzen Verbrauch von ${month}; was nachgemeldet wurde, ist bereits berechnet: ${where}`,
  ratedAgain: (month, unitsText, rated, invoiced) => `${month} neu berechnet${unitsText}: ${rated} − bereits berechnet ${invoiced}; vor Steuer, nach dem Nachlass jenes Monats`,
  unitsThen: (unitsNow, meter, then) => ` mit ${unitsNow} ${many(meter)} (${then} bei Rechnungsstellung)`, edited: (reason) => `geändert: ${reason}`, shownWithoutTax: 'Preis mit Steuer; gezeigt ohne sie',
};
