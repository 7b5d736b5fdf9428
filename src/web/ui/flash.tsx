/** What a page says was done, by the name that its address has for it; undefined for a name of nothing. */
export function flashMessage(messages: Record<string, string>, key: string | undefined): string | undefined {
  return key !== undefined && Object.hasOwn(messages, key) ? messages[key] : undefined
}
