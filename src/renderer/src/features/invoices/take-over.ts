/** What a one-off draft takes over with its next edit, by the code that refuses it; a partner's month takes it over when it is billed again. */
export const takeOverLabels: Readonly<Record<string, string>> = { 'records-changed': 'Take over what the records say', 'tax-rounding-changed': 'Take over what the settings say' };
