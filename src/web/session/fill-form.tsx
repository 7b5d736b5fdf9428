import { escapeHtml } from "../../emails/escape-html.ts"
import type { KeptForm } from "../../http/kept-form.ts"
import type { FormEntry } from "../../http/shown-again.ts"
import { matchLocale, messagesFor } from "../../text/locales.ts"
import { Flash } from "../ui/layout.tsx"

/** The first field of forms about the person who fills them in: their id. Someone else who signs in doesn't get their words. */
const PERSON_FIELD = "person"

const pathOf = (url: string | null) => url?.split("?")[0]

/** Puts what was entered into the form of a page that is posted to the same path, and says that nothing has happened yet. */
export function fillForm(response: Response, { path, fields }: KeptForm): Response {
  let language = ""
  const filler = new FormFiller(path, fields)
  return new HTMLRewriter()
    .on("html", {
      element(html) {
        language = html.getAttribute("lang") ?? ""
      },
    })
    .on("#notice", {
      element(notice) {
        const text = messagesFor(matchLocale(language) ?? "en").signIn.signedInAgain
        notice.setInnerContent(String(<Flash tone="success">{text}</Flash>), { html: true })
      },
    })
    .on("form, form details, form input, form select, form option, form textarea", filler)
    .transform(response)
}

/** Fills in the fields of one form as the browser would have restored them, but no passwords. Unfolds all of it, so that they are seen. */
class FormFiller {
  readonly #path: string
  readonly #values = new Map<string, string[]>()
  #isInForm = false
  #selectName: string | null = null

  constructor(path: string, fields: FormEntry[]) {
    this.#path = path
    for (const [name, value] of fields) this.#values.set(name, [...(this.#values.get(name) ?? []), value])
  }

  element(element: Element) {
    const name = element.getAttribute("name")
    if (element.tagName === "form") this.#isInForm = pathOf(element.getAttribute("action")) === pathOf(this.#path)
    else if (!this.#isInForm) return
    else if (element.tagName === "details") element.setAttribute("open", "")
    else if (element.tagName === "select") this.#selectName = name
    else if (name === PERSON_FIELD && this.#values.get(name)?.[0] !== element.getAttribute("value"))
      this.#isInForm = false
    else if (element.tagName === "option") this.#choose(element, this.#selectName, "selected")
    else this.#fill(element, name ?? "")
  }

  #fill(element: Element, name: string) {
    const type = element.getAttribute("type") ?? ""
    const [value] = this.#values.get(name) ?? []
    if (["checkbox", "radio"].includes(type)) this.#choose(element, name, "checked")
    else if (value === undefined || type === "password") return
    else if (element.tagName === "textarea") element.setInnerContent(value.replace(/^(?=[\r\n])/, "\n"))
    else element.setAttribute("value", escapeHtml(value))
  }

  /** What a checkbox doesn't send was unchecked. */
  #choose(element: Element, name: string | null, attribute: "selected" | "checked") {
    const values = this.#values.get(name ?? "")
    if (!values && element.getAttribute("type") !== "checkbox") return
    element.removeAttribute(attribute)
    if (values?.includes(unescapeAttribute(element.getAttribute("value")))) element.setAttribute(attribute, "")
  }
}

const unescapeAttribute = (value: string | null) => (value ?? "").replaceAll("&quot;", '"').replaceAll("&amp;", "&")
