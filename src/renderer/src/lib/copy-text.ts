import { notifications } from '@mantine/notifications';

/** Copies and says so; where the clipboard is refused that is said too. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notifications.show({ message: `${what} copied` });
  } catch {
    notifications.show({ message: `${what} could not be copied: the clipboard is closed to this window.` });
  }
}
