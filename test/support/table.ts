/// <reference types="vite/types/importMeta.d.ts" />
const tables = import.meta.glob<string>("../tables/*.txt", { query: "?raw", import: "default", eager: true })

/** The rows of a file in tables/, with one case a line: `input => expected => …`. Lines without an arrow are headings. */
export function rowsOf(name: "addresses" | "names" | "phones" | "searches"): string[][] {
  const table = tables[`../tables/${name}.txt`] ?? ""
  return table
    .split("\n")
    .filter((line) => line.includes(" => ") && !line.startsWith("# "))
    .map((line) => line.split(" => ").map(unescapeText))
}

/** `\u{200b}` as the character, `\s` as a space, `\\` as a backslash and `a{64}` as a repetition. */
function unescapeText(text: string): string {
  return text
    .replace(/\\u\{(\w+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll("\\s", " ")
    .replaceAll("\\\\", "\\")
    .replace(/(.)\{(\d+)\}/gu, (_, character: string, times: string) => character.repeat(Number(times)))
}
