import { memoized } from "./memoized.ts"

/** The names of countries in a language. */
export const regionNames = memoized((language: string) => new Intl.DisplayNames(language, { type: "region" }))
