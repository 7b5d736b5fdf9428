import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { createImport } from "../../domain/imports/drafts.ts"
import { type Import, listImports } from "../../domain/imports/find.ts"
import { IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, type TableProblem } from "../../domain/imports/read-table.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm, readUploadedFile } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { limitUpload } from "../../http/limits.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE, type Page } from "../../storage/paging.ts"
import { formatNumber } from "../../text/numbers.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { JobList } from "../jobs/job-list.tsx"
import { flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd } from "../ui/pager.tsx"
import { cellText } from "./cell-text.tsx"

export const importListRoutes = new Router()

const MEGABYTES = IMPORT_BYTES_MAX / 1024 / 1024
/** The boundaries and the other fields of the form. */
const FORM_BYTES = 16 * 1024

const limitFile = limitUpload(IMPORT_BYTES_MAX + FORM_BYTES, (c) => respond(c, { kind: "too_large" }, 413))

importListRoutes.serve("customers.imports.list", (c) => respond(c))
importListRoutes.serve("customers.imports.new", (c) => respond(c))

importListRoutes.serve("customers.imports.create", limitFile, async (c) => {
  const { deps, staff } = c.var
  const { text = "" } = await readForm(c)
  const { name, bytes } = await readUploadedFile(c, "file")
  const created = await createImport(deps, staff, bytes.length > 0 ? bytes : text, bytes.length > 0 ? name : null)
  if ("problem" in created) return respond(c, created.problem, 422, bytes.length > 0 ? "" : text)
  return redirect(c, href("customers.imports.mapping", { id: created.id }))
})

type Problem = TableProblem | { kind: "too_large" }

async function respond(c: Context<AppEnv>, problem?: Problem, status: 200 | 413 | 422 = 200, text = "") {
  const { deps, staff } = c.var
  const { before, after } = c.req.query()
  const page = await listImports(deps, staff, { before, after, size: PAGE_SIZE })
  if (isBeyondEnd(page, { before, after })) return redirect(c, href("customers.imports.list"))
  const isFirst = !page.prev
  const flash = flashFromUrl(c, { t: staffMessagesFor(staff.locale) })
  return c.html(<ImportsPage {...{ staff, page, isFirst, problem, text, flash }} now={deps.now()} />, status)
}

type UploadFormProps = { problem: Problem | undefined; text: string; t: StaffMessages }
type ImportsPageProps = Omit<UploadFormProps, "t"> & {
  staff: StaffActor
  page: Page<Import>
  isFirst: boolean
  flash: Child
  now: Date
}

/** The form, unless somebody looks through older imports, and the imports so far. */
function ImportsPage({ staff, page, isFirst, problem, text, flash, now }: ImportsPageProps) {
  const t = staffMessagesFor(staff.locale)
  const words = t.staff.imports
  return (
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={words.title}
      flash={flash}
      back={<a href={href("customers.invites.list")}>← {t.staff.invites.title}</a>}
    >
      {isFirst && <UploadForm {...{ problem, text, t }} />}
      <section class="card" aria-label={words.recent}>
        <div class="card-header">
          <h2>{words.recent}</h2>
        </div>
        {page.rows.length === 0 ? (
          <div class="empty-state">
            <p>{words.none}</p>
          </div>
        ) : (
          <JobList
            {...{ page, now, t }}
            name={(job) => importName(t, job)}
            count={({ rowCount }) => words.rows(rowCount, formatNumber(t, rowCount))}
            listPath={(cursor) => href("customers.imports.list", {}, cursor)}
          />
        )}
      </section>
    </StaffPage>
  )
}

/** For a file or pasted rows. What is wrong with them stands where they were given. */
function UploadForm({ problem, text, t }: UploadFormProps) {
  const words = t.staff.imports
  const error = problem && problemText(t, problem)
  const inText = error !== undefined && text !== ""
  return (
    <Form
      class="card card-body stack"
      action={href("customers.imports.create")}
      enctype="multipart/form-data"
      data-submit-once
    >
      <div class="field">
        <label for="file">{words.file}</label>
        <input
          type="file"
          id="file"
          name="file"
          accept=".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values"
          aria-describedby="file-hint"
          aria-invalid={error !== undefined && !inText ? "true" : undefined}
        />
        <p class={error && !inText ? "error" : "help"} id="file-hint">
          {error && !inText ? error : words.fileHelp(formatNumber(t, IMPORT_ROWS_MAX), MEGABYTES)}
        </p>
      </div>
      <div class="field">
        <label for="text">{words.paste}</label>
        <textarea
          id="text"
          name="text"
          rows={6}
          aria-describedby="text-hint"
          aria-invalid={inText ? "true" : undefined}
        >
          {text.replace(/^(?=[\r\n])/, "\n")}
        </textarea>
        <p class={inText ? "error" : "help"} id="text-hint">
          {inText ? error : words.pasteHelp}
        </p>
      </div>
      <div class="buttons">
        <button class="button" type="submit">
          {words.next}
        </button>
      </div>
    </Form>
  )
}

/** The name of an import: its file, or where its rows came from. */
export function importName({ staff: { imports } }: StaffMessages, { fileName, actorKind }: Import): string {
  if (fileName) return cellText(fileName)
  return actorKind === "api_key" ? imports.byApi : imports.pasted
}

function problemText(t: StaffMessages, problem: Problem): string {
  const { problems } = t.staff.imports
  switch (problem.kind) {
    case "quotes":
      return problems.quotes(problem.position)
    case "too_many_rows":
      return problems.too_many_rows(formatNumber(t, IMPORT_ROWS_MAX))
    case "too_large":
      return problems.too_large(MEGABYTES)
    default:
      return problems[problem.kind]
  }
}
