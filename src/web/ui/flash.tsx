/** The flash message for a key from the URL; undefined for an unknown key. */
export function flashMessage(messages: Record<string, string>, key: string | undefined): string | undefined {
  return key !== undefined && Object.hasOwn(messages, key) ? messages[key] : undefined
}
