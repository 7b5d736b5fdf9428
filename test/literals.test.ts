/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest"

// The linter finds words between tags (noJsxLiterals). This finds them in attributes and properties that people read.

const sources = import.meta.glob<string>(["../src/web/**/*.tsx", "!../src/web/{api-docs,operator}/**"], {
  query: "?raw",
  import: "default",
  eager: true,
})

/** Attributes and properties whose value people read. */
const READ =
  "title|label|help|aria-label|placeholder|alt|confirm|hx-confirm|submit|text|order|objectName|emailHelp|data-(?:label|copied|countdown)"

/** A literal with a letter that isn't part of a value: `title="Edit"`, `label: "Edit"`, `help={`Up to ${max}.`}`. */
const LITERAL = new RegExp(
  `[\\s{(,](?:${READ})(?:=|: | = )\\{?(?:"[^"\\n]*\\p{L}[^"\\n]*"|\`(?:\\$\\{[^}]*\\}|[^\`$\\p{L}])*\\p{L}[^\`]*\`)`,
  "gu",
)

it("no attribute of a page has its words in the code", () => {
  const found = Object.entries(sources).flatMap(([path, text]) =>
    [...text.matchAll(LITERAL)].map(([literal]) => `${path}: ${literal.trim()}`),
  )
  expect(Object.keys(sources).length).toBeGreaterThan(50)
  expect(found).toEqual([])
})
