import { fillGroup } from "./fill-group.ts"
import { fillWithResellers } from "./filled-resellers.ts"
import { GROUPS } from "./groups-runtime.ts"

// Fills one group, in a process of its own: its file, its index, and the number of invites.

const [file = "", index = "", invites = ""] = process.argv.slice(2)
const resellers = fillWithResellers(GROUPS, Number(invites))[Number(index)] ?? []
fillGroup(file, resellers, Number(index) * Number(invites))
