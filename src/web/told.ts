/** What a page says was done, by the name that its address has for it; undefined for a name of nothing. */
export function toldOf(words: Record<string, string>, done: string | undefined): string | undefined {
  return done !== undefined && Object.hasOwn(words, done) ? words[done] : undefined
}
