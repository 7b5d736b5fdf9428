import type { Db } from "../../storage/db.ts"
import { fold } from "../../text/fold.ts"
import { type InviteRow, invitePageQueries, type PageParts, shownPageQuery } from "../invites/page-queries.ts"
import { searchWords } from "../invites/search-text.ts"

/** So many of the newest invites that have the words of a search are looked at. */
const SEARCHED_INVITES_MAX = 50
/** So many of the people and API keys whose names have them. */
const SEARCHED_ACTORS_MAX = 10

/** What a search of the activity has found: subjects and actors, whose entries it shows. `isPart`: there were more invites. */
export type FoundActivity = { subjectIds: string[]; actorIds: string[]; isPart: boolean }

/** The statements that find invites, by the search index of their list. */
export const searchedInviteQueries = (db: Db, resellerId: string, search: string, now: Date) =>
  invitePageQueries(db, { resellerId, now, filter: { search }, size: SEARCHED_INVITES_MAX }, shownPageQuery)

type NamedActor = { id: string; name: string }

/** The invites that were found, the customers that they have become, and the actors whose names have every word. */
export function toFoundActivity(
  search: string,
  actors: NamedActor[],
  [found, ends = []]: PageParts<InviteRow>,
): FoundActivity {
  const rows = found.slice(0, SEARCHED_INVITES_MAX)
  const words = searchWords(search)
  const isNamed = ({ name }: NamedActor) => words.length > 0 && words.every((word) => fold(name).includes(word))
  return {
    subjectIds: [...new Set(rows.flatMap(({ id, customerId }) => (customerId ? [id, customerId] : [id])))],
    actorIds: actors
      .filter(isNamed)
      .slice(0, SEARCHED_ACTORS_MAX)
      .map(({ id }) => id),
    isPart: found.length > rows.length || Boolean(ends[0]?.seq),
  }
}
