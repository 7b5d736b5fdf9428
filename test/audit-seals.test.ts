import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { provePurge } from "../src/domain/audit/purge-proof.ts"
import { sealAuditLog } from "../src/domain/audit/seal.ts"
import { createDeps } from "../src/http/bindings.ts"
import { callApi, count, createApiKey, db, invite, signInStaff, testEnv } from "./support/app.ts"
import { tamper, verifyChain } from "./support/audit.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { seededRandom } from "./support/random.ts"
import { travel } from "./support/time.ts"

const seal = () => sealAuditLog({ db, now: () => new Date() })

/** Writes `n` entries for each reseller. Some have no values, some only a name or a detail. */
async function insertEntries(resellerIds: string[], n: number) {
  await env.DB.prepare(
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, person_id, actor_kind, actor_id, actor_name, detail, changes, created_at)
     SELECT printf('aud_%s_%03d', reseller.value, number.value), reseller.value, 'invite.updated', 'inv_' || number.value,
       iif(number.value % 2, 'usr_p' || number.value, NULL), 'staff',
       'usr_' || number.value, iif(number.value % 3 = 0, NULL, 'Dana ' || number.value),
       iif(number.value % 4 = 0, NULL, 'priya@northwind.example'),
       iif(number.value % 4 = 1, '[["role","sales","admin"]]', NULL), number.value
     FROM json_each(?) AS reseller, json_each(?) AS number`,
  )
    .bind(JSON.stringify(resellerIds), JSON.stringify(Array.from({ length: n }, (_, i) => i + 1)))
    .run()
}

const ENTRIES = 8

/** The ways to alter what is sealed. Each takes a random number of a seal and changes that row for certain. */
const ALTERATIONS: ((resellerId: string, sequence: number) => string)[] = [
  ...["action", "subject_id", "actor_kind", "actor_id", "reseller_id"].map(
    (column) => (id: string, n: number) =>
      `UPDATE audit_entries SET ${column} = ${column} || 'x' WHERE id = '${entryId(id, n)}'`,
  ),
  (id, n) =>
    `UPDATE audit_entries SET person_id = iif(person_id IS NULL, 'usr_1', NULL) WHERE id = '${entryId(id, n)}'`,
  (id, n) => `UPDATE audit_entries SET person_id = coalesce(person_id, '') || 'x' WHERE id = '${entryId(id, n)}'`,
  (id, n) => `UPDATE audit_entries SET created_at = created_at + 1 WHERE id = '${entryId(id, n)}'`,
  (id, n) => `UPDATE audit_entries SET actor_id = NULL WHERE id = '${entryId(id, n)}'`,
  (id, n) => `DELETE FROM audit_entries WHERE id = '${entryId(id, n)}'`,
  (id, n) => `DELETE FROM audit_seals WHERE reseller_id = '${id}' AND sequence = ${n}`,
  (id, n) => `DELETE FROM audit_seals WHERE reseller_id = '${id}' AND sequence >= ${n}`,
  ...["actor_hash", "detail_hash", "hash"].map(
    (column) => (id: string, n: number) =>
      `UPDATE audit_seals SET ${column} = coalesce(${column}, '') || '0' WHERE reseller_id = '${id}' AND sequence = ${n}`,
  ),
  (id, n) => `UPDATE audit_seals SET sealed_at = sealed_at - 1 WHERE reseller_id = '${id}' AND sequence = ${n}`,
  (id, n) => `UPDATE audit_seals SET sequence = sequence + 100 WHERE reseller_id = '${id}' AND sequence = ${n}`,
  (id, n) => swapSeals(id, n, (n % ENTRIES) + 1),
  ...["actor_name", "detail", "changes", "actor_salt", "detail_salt"].map(
    (column) => (id: string, n: number) =>
      `INSERT INTO audit_values (entry_id, ${column}) VALUES ('${entryId(id, n)}', '["x"]')
       ON CONFLICT DO UPDATE SET ${column} = coalesce(${column}, '') || 'x'`,
  ),
  (id) => `DELETE FROM audit_values WHERE entry_id = '${entryId(id, 1)}'`,
  (id) => `UPDATE audit_values SET actor_name = NULL, actor_salt = NULL WHERE entry_id = '${entryId(id, 1)}'`,
  (id) => blankWithForgedPurge(id, "invite", "inv_1", "detail_salt = NULL, detail = NULL, changes = NULL"),
  (id) => blankWithForgedPurge(id, "member", "usr_p1", "detail_salt = NULL, detail = NULL, changes = NULL"),
  (id) => blankWithForgedPurge(id, "staff", "usr_1", "actor_salt = NULL, actor_name = NULL"),
  (id) => blankWithForgedPurge(id, "member", "usr_1", "actor_salt = NULL, actor_name = NULL"),
  (id, n) => `UPDATE audit_heads SET sequence = ${n} - 1 WHERE reseller_id = '${id}'`,
  (id) => `UPDATE audit_heads SET hash = hash || '0' WHERE reseller_id = '${id}'`,
  (id) => `DELETE FROM audit_heads WHERE reseller_id = '${id}'`,
]

const entryId = (resellerId: string, n: number) => `aud_${resellerId}_${String(n).padStart(3, "0")}`

/** A proof that the Worker made, for another purge. */
const PROOF_OF_ANOTHER = provePurge(testEnv.AUTH_SECRET, {
  id: "aud_z",
  resellerId: "res_1",
  action: "invite.purged",
  subjectId: "inv_1",
})

/** Empties a part of the first entry as a purge does, and records one that nobody did. */
const blankWithForgedPurge = (id: string, kind: string, subjectId: string, emptied: string) =>
  `INSERT INTO audit_log (id, reseller_id, action, subject_id, person_id, actor_kind, detail, created_at)
     VALUES ('aud_z${id}', '${id}', '${kind}.purged', '${subjectId}', '${subjectId}', 'system', '${PROOF_OF_ANOTHER}', 9);
   UPDATE audit_values SET ${emptied} WHERE entry_id = '${entryId(id, 1)}'`

/** Exchanges what two seals cover. */
const swapSeals = (id: string, one: number, other: number) =>
  `UPDATE audit_seals SET entry_id = entry_id || '~' WHERE reseller_id = '${id}' AND sequence IN (${one}, ${other});
   UPDATE audit_seals SET entry_id = CASE sequence WHEN ${one} THEN '${entryId(id, other)}' ELSE '${entryId(id, one)}' END
   WHERE reseller_id = '${id}' AND sequence IN (${one}, ${other})`

describe("the chain of seals", () => {
  it("finds 1,000 random alterations of sealed entries, and none where nothing was altered", async () => {
    const altered = Array.from({ length: 1_000 }, (_, i) => `res_a${i}`)
    const untouched = Array.from({ length: 50 }, (_, i) => `res_u${i}`)
    await insertEntries([...altered, ...untouched], ENTRIES)
    for (let run = 0; run < 2; run++) await seal()
    expect([await count("audit_unsealed"), await count("audit_seals")]).toEqual([0, 1_050 * ENTRIES])

    const random = seededRandom(13)
    const statements = altered.map((id) => {
      const alteration = ALTERATIONS[random(ALTERATIONS.length)]
      return alteration?.(id, random(ENTRIES) + 1) ?? ""
    })
    await tamper(...statements.flatMap((text) => text.split(";")).map((text) => env.DB.prepare(text)))

    await seal()
    await seal()
    const problems = await Promise.all([...altered, ...untouched].map((id) => verifyChain(id)))
    const missed = statements.filter((_, i) => problems[i]?.length === 0)
    expect(missed).toEqual([])
    expect(problems.slice(altered.length).flat()).toEqual([])
  })

  it.each([
    "UPDATE audit_entries SET action = 'x'",
    "DELETE FROM audit_entries",
    "INSERT OR REPLACE INTO audit_entries SELECT id, reseller_id, 'x', subject_id, person_id, actor_kind, actor_id, created_at FROM audit_entries",
    "UPDATE audit_seals SET hash = 'x'",
    "DELETE FROM audit_seals",
    "INSERT OR REPLACE INTO audit_seals SELECT reseller_id, sequence, entry_id, NULL, NULL, 0, 'x' FROM audit_seals",
    "UPDATE audit_values SET detail = 'x'",
    "INSERT OR REPLACE INTO audit_values (entry_id, detail) SELECT entry_id, 'x' FROM audit_values",
    "UPDATE audit_heads SET sequence = 0",
    "DELETE FROM audit_heads",
  ])("the database refuses %s", async (statement) => {
    await insertEntries(["res_1"], 2)
    await seal()
    await expect(env.DB.prepare(statement).run()).rejects.toThrow("the audit log is append-only")
    expect(await verifyChain("res_1")).toEqual([])
  })

  it("is continued by each run of the cron job, separately for each reseller", async () => {
    await insertEntries(["res_1", "res_2"], 3)
    await seal()
    travel({ minutes: 1 })
    await insertEntries(["res_3"], 1)
    await env.DB.prepare(
      "INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at) VALUES ('aud_zz', 'res_2', 'webhook.created', 'whk', 'system', 5)",
    ).run()
    await seal()
    const heads = await env.DB.prepare("SELECT reseller_id AS id, sequence AS n FROM audit_heads ORDER BY id").all()
    expect(heads.results).toEqual([
      { id: "res_1", n: 3 },
      { id: "res_2", n: 4 },
      { id: "res_3", n: 1 },
    ])
    for (const id of ["res_1", "res_2", "res_3"]) expect(await verifyChain(id)).toEqual([])
  })

  it("stays whole when many runs seal at once while entries are written", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `res_${i}`)
    await Promise.all([
      ...ids.map((id) => insertEntries([id], 40)),
      ...Array.from({ length: 8 }, async () => {
        for (let run = 0; run < 3; run++) await seal()
      }),
    ])
    await seal()
    expect([await count("audit_seals"), await count("audit_unsealed")]).toEqual([800, 0])
    for (const id of ids) expect(await verifyChain(id)).toEqual([])
  })

  it("seals nothing if its batch fails, and everything in the next run", async () => {
    await insertEntries(["res_1"], 3)
    await env.DB.prepare(
      "CREATE TRIGGER fail_heads BEFORE INSERT ON audit_heads BEGIN SELECT RAISE(ABORT, 'died'); END",
    ).run()
    await expect(seal()).rejects.toThrow()
    expect([await count("audit_seals"), await count("audit_unsealed")]).toEqual([0, 3])
    await env.DB.prepare("DROP TRIGGER fail_heads").run()
    await seal()
    expect([await count("audit_seals"), await count("audit_unsealed"), await verifyChain("res_1")]).toEqual([3, 0, []])
  })

  it("costs one round trip and at most two rows while there is nothing to seal", async () => {
    await insertEntries(["res_1"], 300)
    await seal()
    const { database, costs } = countingD1(env.DB)
    await sealAuditLog(createDeps({ ...testEnv, DB: database }, () => undefined))
    expect([costs.roundTrips, costs.rowsRead <= 2]).toEqual([1, true])
  })

  it("accepts missing personal values only where a purge with a proof is recorded, not a forged one", async () => {
    await insertEntries(["res_1"], 3)
    await seal()
    const blanked = [{ sequence: 2, kind: "values_altered" }]
    const empty = "UPDATE audit_values SET detail_salt = NULL, detail = NULL, changes = NULL WHERE entry_id = ?"
    await env.DB.prepare(empty).bind(entryId("res_1", 2)).run()
    expect(await verifyChain("res_1")).toEqual(blanked)

    const insertPurge = (id: string, detail: string | null, subjectId = "inv_2") =>
      env.DB.prepare(
        `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, detail, created_at)
         VALUES (?, 'res_1', 'invite.purged', ?, 'system', ?, 9)`,
      )
        .bind(id, subjectId, detail)
        .run()
    const prove = (id: string, subjectId: string, secret = testEnv.AUTH_SECRET) =>
      provePurge(secret, { id, resellerId: "res_1", action: "invite.purged", subjectId })
    await insertPurge("aud_x1", null)
    await insertPurge("aud_x2", "subject")
    await insertPurge("aud_x3", prove("aud_x3", "inv_2", "another secret"))
    await insertPurge("aud_x4", prove("aud_x4", "inv_1"), "inv_1")
    await insertPurge("aud_x5", prove("aud_x4", "inv_1"))
    await insertPurge("aud_x6", `${prove("aud_x6", "inv_2")} subject`)
    const unproven = [{ sequence: 2, kind: "purge_unproven" }]
    expect(await verifyChain("res_1")).toEqual(unproven)
    await seal()
    expect(await verifyChain("res_1")).toEqual(unproven)
  })

  it.each([
    [
      "the details of an invite",
      "invite",
      "inv_2",
      "UPDATE audit_values SET detail_salt = NULL, detail = NULL, changes = NULL",
    ],
    ["a person's name", "staff", "usr_2", "UPDATE audit_values SET actor_salt = NULL, actor_name = NULL"],
  ])("a purge covers %s, of entries before it, and nothing else", async (_, kind, subjectId, empty) => {
    await insertEntries(["res_1"], 3)
    await seal()
    const id = "aud_z1"
    const detail = provePurge(testEnv.AUTH_SECRET, { id, resellerId: "res_1", action: `${kind}.purged`, subjectId })
    const insert = env.DB.prepare(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, person_id, actor_kind, actor_id, actor_name, detail, created_at)
       VALUES (?1, 'res_1', ?2, ?3, ?3, 'staff', ?4, ?5, ?6, 9)`,
    )
    const emptyEntry = (entry: string) => env.DB.prepare(`${empty} WHERE entry_id = ?`).bind(entry).run()
    await insert.bind(id, `${kind}.purged`, subjectId, "usr_9", null, detail).run()
    await emptyEntry(entryId("res_1", 2))
    expect(await verifyChain("res_1")).toEqual([])
    await seal()
    expect(await verifyChain("res_1")).toEqual([])
    expect(await verifyChain("res_1", ["a new secret", testEnv.AUTH_SECRET])).toEqual([])
    expect(await verifyChain("res_1", ["a new secret"])).toEqual([{ sequence: 2, kind: "purge_unproven" }])

    await insert.bind("aud_z2", "invite.updated", subjectId, "usr_2", "Dana", "A later note").run()
    await seal()
    await emptyEntry("aud_z2")
    expect(await verifyChain("res_1")).toEqual([{ sequence: 5, kind: "values_altered" }])
    await emptyEntry(entryId("res_1", 1))
    expect(await verifyChain("res_1")).toHaveLength(2)
  })

  it("finds blanked entries about a member whom nobody purged, beside one who was", async () => {
    const insert = env.DB.prepare(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, person_id, actor_kind, detail, created_at)
       VALUES (?, 'res_1', ?, ?, ?, 'member', ?, 1)`,
    )
    const insertAbout = (id: string, personId: string) =>
      insert.bind(id, "member.role_changed", "cus_1", personId, "Sam: Admin").run()
    await insertAbout("aud_m1", "usr_1")
    await insertAbout("aud_m2", "usr_2")
    await seal()
    const purge = { id: "aud_n1", resellerId: "res_1", action: "member.purged", subjectId: "usr_1" }
    const proof = provePurge(testEnv.AUTH_SECRET, purge)
    await insert.bind(purge.id, purge.action, purge.subjectId, "usr_1", proof).run()
    await insertAbout("aud_o1", "usr_1")
    await seal()
    const empty = env.DB.prepare("UPDATE audit_values SET detail_salt = NULL, detail = NULL WHERE entry_id = ?")
    await empty.bind("aud_m1").run()
    expect(await verifyChain("res_1")).toEqual([])
    const about = (personId: string) =>
      tamper(env.DB.prepare("UPDATE audit_entries SET person_id = ? WHERE id = 'aud_m2'").bind(personId))
    await empty.bind("aud_m2").run()
    expect(await verifyChain("res_1")).toEqual([{ sequence: 2, kind: "values_altered" }])
    await about("usr_1") // as if it were about the purged one
    expect(await verifyChain("res_1")).toEqual([{ sequence: 2, kind: "altered" }])
    await about("usr_2")
    await empty.bind("aud_o1").run() // later than the purge
    expect((await verifyChain("res_1")).map(({ sequence }) => sequence)).toEqual([2, 4])
  })
})

describe("the activity", () => {
  it("is marked in the API once it is sealed", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const key = await createApiKey(resellerId)
    const readMarks = async (): Promise<boolean[]> => {
      const { data } = await (await callApi({ key, path: "/activity" })).json<{ data: { sealed: boolean }[] }>()
      return data.map(({ sealed }) => sealed)
    }
    expect(new Set(await readMarks())).toEqual(new Set([false]))
    await seal()
    expect(new Set(await readMarks())).toEqual(new Set([true]))
  })

  it("exports what the Admin can see, as CSV without formulas and as JSON lines", async () => {
    const { browser, resellerId } = await signInStaff()
    const globex = await signInStaff("globex")
    await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    await insertEntries([resellerId], 200)
    await env.DB.prepare(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, actor_name, created_at)
       VALUES ('aud_a', ?, 'api_key.created', 'key_1', 'staff', '=cmd|"x"', 0)`,
    )
      .bind(resellerId)
      .run()
    await seal()
    await insertEntries(["res_other"], 3_000)
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database }
    const response = await browser.get("/activity/export?format=csv")
    expect(response.headers.get("Content-Disposition")).toMatch(/^attachment; filename="activity-.*\.csv"$/)
    const lines = (await response.text()).trimEnd().split("\r\n")
    expect(lines).toHaveLength(1 + 202)
    expect([costs.roundTrips, costs.rowsRead < 1_300]).toEqual([2, true])
    expect(lines.filter((line) => line.includes('"\'=cmd|""x"""'))).toHaveLength(1)
    expect(lines.join()).not.toContain("globex")

    const text = await (await browser.get("/activity/export?format=jsonl")).text()
    const entries = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(entries).toHaveLength(202)
    expect(entries.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 202 }, (_, i) => i + 1),
    )
    expect(entries.find(({ id }) => id === entryId(resellerId, 1))).toMatchObject({
      action: "invite.updated",
      actor_name: "Dana 1",
      changes: [["role", "sales", "admin"]],
      seal: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

describe("the page of seals", () => {
  it("verifies a thousand entries at a time, and names each altered one", async () => {
    const { browser, resellerId } = await signInStaff()
    await insertEntries([resellerId], 2_500)
    await seal()
    const read = async (query = "") => {
      const { database, costs } = countingD1(env.DB)
      browser.env = { ...testEnv, DB: database }
      const html = await (await browser.get(`/activity/seals${query}`)).text()
      expect(costs.roundTrips).toBe(2)
      expect(costs.rowsRead).toBeLessThan(3_100)
      return html
    }
    expect(await read()).toContain("Entries 1502 to 2501 are as they were sealed.")
    expect(await read()).toContain("until=1501")
    expect(await read("?until=1501")).toContain("Entries 502 to 1501 are")
    expect(await read("?until=501")).toContain("Entries 1 to 501 are")
    await tamper(
      env.DB.prepare(
        "UPDATE audit_entries SET action = 'x' WHERE id = (SELECT entry_id FROM audit_seals WHERE sequence = 600)",
      ),
    )
    expect(await read()).toContain("Intact")
    expect((await read("?until=1501")).match(/Entry \d+ was altered or moved/g)).toHaveLength(1)
  })
})
