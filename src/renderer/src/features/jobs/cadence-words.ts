const twoDigits = (text: string) => text.padStart(2, '0');
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A cron line as a person says it; one that has no simple words stays as it is. */
export function cadenceWords(cron: string): string {
  const every = /^\*\/(\d+) \* \* \* \*$/.exec(cron);
  if (cron === '* * * * *') return 'Every minute';
  if (every) return `Every ${every[1]} minutes`;
  const parts = /^(\d+) (\d+) (\d+|\*) \* (\d|\*)$/.exec(cron);
  if (!parts) return /^(\d+) \* \* \* \*$/.test(cron) ? 'Every hour' : cron;
  const [, minute = '0', hour = '0', dayOfMonth = '*', weekday = '*'] = parts;
  const time = `${twoDigits(hour)}:${twoDigits(minute)}`;
  if (dayOfMonth !== '*') return `Monthly on day ${dayOfMonth}, ${time}`;
  return weekday === '*' ? `Daily, ${time}` : `Every ${days[Number(weekday) % 7]}, ${time}`;
}
