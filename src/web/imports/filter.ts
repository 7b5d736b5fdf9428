import { VERDICTS } from "../../domain/imports/verdicts.ts"
import type { RowFilter } from "../../domain/jobs/row-pages.ts"
import { href, type Query } from "../../routes.ts"
import type { Cursor } from "../../storage/paging.ts"
import { JOB_ROW_STATUSES } from "../../storage/schema.ts"

/** Which rows of an import a page shows, as its URL says. */
export type ShownRows = RowFilter & Cursor

export function parseShownRows({ code, status, before, after }: Record<string, string>): ShownRows {
  return {
    code: VERDICTS.find((verdict) => verdict === code),
    status: JOB_ROW_STATUSES.find((candidate) => candidate === status),
    before,
    after,
  }
}

/** The path of the page of an import that shows these rows. */
export const importPath = (id: string, shown: ShownRows & Query & { edit?: number; poll?: number } = {}) =>
  href("customers.imports.show", { id }, shown)
