/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest"

const sources = import.meta.glob<string>(["../src/{web,local}/**/*.tsx", "../public/{*,{css,app,guest}/*}.{js,css}"], {
  query: "?raw",
  import: "default",
  eager: true,
})

it("every class of pages and scripts has a rule in the stylesheet, and every class in the stylesheet is used", () => {
  const styled = classesOfSelectors(textOf(".css"))
  const used = new Set([...classesOfMarkup(textOf(".tsx")), ...classesOfScripts(textOf(".js"))])
  expect(used.size).toBeGreaterThan(50)
  expect([...used].filter((name) => !styled.has(name))).toEqual(["branded"]) // its rule is in src/web/ui/brand.tsx
  expect([...styled].filter((name) => !used.has(name)).sort()).toEqual(["good", "htmx-request", "weak"]) // set by scripts
})

const textOf = (ending: string) =>
  Object.entries(sources)
    .filter(([path]) => path.endsWith(ending))
    .map(([, text]) => text)
    .join("\n")

function classesOfSelectors(css: string): Set<string> {
  const selectors = [...css.replace(/\/\*.*?\*\/|@import [^;]*;/gs, "").matchAll(/([^{}]*)\{/g)].map(
    ([, selector = ""]) => selector,
  )
  return new Set([...selectors.join(" ").matchAll(/\.([a-z][\w-]*)/g)].map(([, name = ""]) => name))
}

/** Classes of `class` attributes, of the body, and of tones that complete a class, as in `badge ${tone}`. */
function classesOfMarkup(tsx: string): string[] {
  const plain = [...tsx.matchAll(/\b(?:class|bodyClass)="([^"]*)"/g)].map(([, classes = ""]) => classes)
  const computed = [...tsx.matchAll(/\bclass=\{((?:[^{}]|\{[^{}]*\})*)\}/g)].map(([, expression = ""]) => expression)
  const tones = [...tsx.matchAll(/\btone(?:\??:| =) ("[\w-]+"(?: \| "[\w-]+")*)/gi)].map(([, union = ""]) => union)
  return [...plain, ...[...computed, ...tones].flatMap(literals)]
    .flatMap((classes) => classes.split(/\s+/))
    .filter(Boolean)
}

/** The strings of an expression and the fixed parts of its templates, without the operands of comparisons. */
function literals(expression: string): string[] {
  const values = expression.replace(/[!=]== "[^"]*"/g, "")
  const strings = [...values.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text)
  const templates = [...values.matchAll(/`([^`]*)`/g)].map(([, text = ""]) => text.replace(/\$\{[^}]*\}/g, " "))
  return [...strings, ...templates]
}

function classesOfScripts(js: string): string[] {
  return [...js.matchAll(/(?:classList\.(?:add|toggle)\(|className = )"([^"]*)"/g)].flatMap(([, names = ""]) =>
    names.split(" "),
  )
}
