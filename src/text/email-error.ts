import { en, type Messages } from "./en.ts"

/** Translates why an email wasn't delivered: `Mailbox is full: 552 5.2.2`. Words of the provider or receiver stay as they are. */
export function emailErrorText(t: Messages, error: string): string {
  const [reason = "", ...codes] = error.split(": ")
  const key = Object.entries(en.emailErrors).find(([, words]) => words === reason)?.[0]
  return key ? [t.emailErrors[key as keyof Messages["emailErrors"]], ...codes].join(": ") : error
}
