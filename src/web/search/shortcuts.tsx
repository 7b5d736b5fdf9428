import type { StaffActor } from "../../domain/access/actor.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"
import { ControlK, pageShortcuts } from "../ui/shortcuts.tsx"

export const shortcutRoutes = new Router()

/** The keyboard shortcuts; for htmx, the dialogs that they open. */
shortcutRoutes.serve("shortcuts.show", (c) => {
  const { staff } = c.var
  const t = staffMessagesFor(staff.locale)
  if (isFragmentRequest(c)) {
    return c.html(
      <>
        <Palette t={t} />
        <HelpDialog {...{ staff, t }} />
      </>,
    )
  }
  return c.html(
    <StaffPage staff={staff} title={t.staff.shortcuts.title}>
      <section class="card card-body" aria-label={t.staff.shortcuts.title}>
        <ShortcutList {...{ staff, t }} />
      </section>
    </StaffPage>,
  )
})

function ShortcutList({ staff, t }: { staff: StaffActor; t: StaffMessages }) {
  const { search, searchAll, goTo, help, close } = t.staff.shortcuts
  const rows: [label: string, keys: string][] = [
    [search, "/"],
    ...pageShortcuts(staff).map(({ keys, label }): [string, string] => [
      keys.startsWith("g ") ? goTo(label(t)) : label(t),
      keys,
    ]),
    [help, "?"],
    [close, "Esc"],
  ]
  return (
    <dl class="shortcuts">
      <div>
        <dt>{searchAll}</dt>
        <dd>
          <ControlK t={t} />
        </dd>
      </div>
      {rows.map(([label, keys]) => (
        <div>
          <dt>{label}</dt>
          <dd>
            {keys.split(" ").map((key, n) => (
              <>
                {n > 0 && <span class="muted"> {t.staff.shortcuts.nextKey} </span>}
                <kbd>{key}</kbd>
              </>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function HelpDialog({ staff, t }: { staff: StaffActor; t: StaffMessages }) {
  const { title, singleKeys, singleKeysHelp, done } = t.staff.shortcuts
  return (
    <dialog id="shortcuts" aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">{title}</h2>
      <ShortcutList {...{ staff, t }} />
      <div class="form-check">
        <input type="checkbox" id="single-keys" aria-describedby="single-keys-hint" />
        <div>
          <label for="single-keys">{singleKeys}</label>
          <p class="muted" id="single-keys-hint">
            {singleKeysHelp}
          </p>
        </div>
      </div>
      <form class="buttons" method="dialog">
        <button class="button secondary" type="submit">
          {done}
        </button>
      </form>
    </dialog>
  )
}

/** Finds invites, customers and pages: a field whose options the server sends (ARIA's combobox with a listbox). */
function Palette({ t }: { t: StaffMessages }) {
  const { title, fields, hint } = t.staff.search
  return (
    <dialog id="palette" aria-label={title}>
      <form
        action={href("search.show")}
        hx-get={href("search.show")}
        hx-trigger="input delay:150ms, send"
        hx-target="#palette-results"
        hx-swap="innerHTML swapEmpty:true"
        hx-sync="this:replace"
      >
        <input
          id="palette-q"
          name="q"
          dir="auto"
          role="combobox"
          aria-label={fields}
          aria-autocomplete="list"
          aria-expanded="true"
          aria-controls="palette-results"
          placeholder={fields}
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="go"
        />
      </form>
      <div id="palette-notice" role="status" />
      <div class="results" id="palette-results" role="listbox" aria-label={title} />
      <p class="palette-footer muted">
        <span id="palette-count" role="status" />
        <span class="palette-hint" aria-hidden="true">
          {hint}
        </span>
      </p>
    </dialog>
  )
}
