import type { Child } from "hono/jsx"
import { describe, expect, it } from "vitest"
import { createContext, Fragment, jsx, useContext } from "../src/web/ui/jsx-runtime.ts"

const render = (tag: Parameters<typeof jsx>[0], children?: unknown, props = {}) =>
  String(jsx(tag, { ...props, ...(children !== undefined && { children }) }))

const EVIL = `<b>"O'Neill" & co</b>`
const ESCAPED = "&lt;b&gt;&quot;O&#39;Neill&quot; &amp; co&lt;/b&gt;"

describe("JSX", () => {
  it("escapes texts and attributes, wherever they are", () => {
    expect(render("p", EVIL, { title: EVIL, id: EVIL })).toBe(`<p title="${ESCAPED}" id="${ESCAPED}">${ESCAPED}</p>`)
    expect(render("p", [EVIL, [EVIL]])).toBe(`<p>${ESCAPED}${ESCAPED}</p>`)
    expect(render("textarea", EVIL)).toBe(`<textarea>${ESCAPED}</textarea>`)
    expect(render("p", EVIL, { dir: "auto" })).toBe(`<p dir="auto">${ESCAPED}</p>`)
    expect(render("p", `${EVIL} א`)).toBe(`<p><bdi>${ESCAPED} א</bdi></p>`)
    expect(render("p", `${EVIL} \u2068א\u2069`)).toBe(`<p>${ESCAPED} <bdi>א</bdi></p>`)
    expect(render("option", `${EVIL} א`)).toBe(`<option>\u2068${ESCAPED} א\u2069</option>`)
    expect(render("p", "א", { title: `${EVIL} א` })).toBe(`<p title="\u2068${ESCAPED} א\u2069"><bdi>א</bdi></p>`)
    expect(render(() => EVIL)).toBe(ESCAPED)
    expect(render(Fragment, [EVIL])).toBe(ESCAPED)
  })

  it("writes what isn't text as HTML does", () => {
    expect(render("p", [undefined, null, true, false, 0, "", [1, ["a"]]])).toBe("<p>01a</p>")
    expect(render("input", undefined, { checked: true, disabled: false, value: "", id: undefined })).toBe(
      '<input checked="" value=""/>',
    )
    expect(render("textarea", undefined, { spellcheck: false, "aria-hidden": true, rows: 3 })).toBe(
      '<textarea spellcheck="false" aria-hidden="true" rows="3"></textarea>',
    )
  })

  it("refuses what it can't render", () => {
    expect(() => render("p", Promise.resolve("late"))).toThrow(TypeError)
    expect(() => render("p", { text: "object" })).toThrow(TypeError)
  })

  it("gives a value to the components inside its provider alone", () => {
    const Name = createContext("outer")
    const show = jsx(() => jsx("i", { children: useContext(Name) }), {})
    const failing = jsx(() => {
      throw new Error("failed")
    }, {})
    const provide = (child: unknown) => jsx(() => Name.Provider({ value: "inner", children: child as Child }), {})
    expect(render("p", [show, provide(show), show])).toBe("<p><i>outer</i><i>inner</i><i>outer</i></p>")
    expect(() => render("p", provide(failing))).toThrow("failed")
    expect(String(show)).toBe("<i>outer</i>")
  })
})
