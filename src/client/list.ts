import type { CallOptions, Client } from "./client.ts"

type ListPage = { data: unknown[]; next_cursor: string | null }

/** A page, if it is awaited; all items of this and the following pages, if it is iterated with `for await`. */
export type List<Page extends ListPage> = Promise<Page> & AsyncIterable<Page["data"][number]>

/** Requests the first page at once, the following ones while the list is iterated. */
export function list<Page extends ListPage>(client: Client, path: string, options?: CallOptions): List<Page> {
  const load = (cursor?: string) =>
    client.send<Page>({ method: "GET", path, options: { ...options, ...(cursor && { cursor }) } })
  const first = load()
  return Object.assign(first, { [Symbol.asyncIterator]: () => listItems(first, load) })
}

async function* listItems<Page extends ListPage>(first: Promise<Page>, load: (cursor: string) => Promise<Page>) {
  let cursor: string | null = null
  for (let page = await first; ; page = await load(cursor)) {
    yield* page.data
    // A list that grows can have a cursor on its last page, too: it ends where the cursor stays.
    if (page.next_cursor === null || page.next_cursor === cursor) return
    cursor = page.next_cursor
  }
}
