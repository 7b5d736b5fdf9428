import { expect, it } from "vitest"
import { toCompanyKey } from "../src/domain/invites/company-key.ts"

const keyOf = (companyName: string) => toCompanyKey({ kind: "customer", companyName })

it.each([
  [
    "acme",
    ["Acme", "ACME, Inc.", "Acmé GmbH", "Acme GmbH & Co. KG", "acme S.A.", "Acme Ltd", "Acme  L.L.C.", "“Acme” B.V."],
  ],
  ["northwind logistics", ["Northwind Logistics", "Northwind-Logistics plc", "NORTHWIND LOGISTICS CO., LTD."]],
  ["strasse 7", ["Straße 7", "STRASSE 7 AG", "Strasse-7 Oy"]],
  [
    "さくら工業",
    ["株式会社さくら工業", "さくら工業株式会社", "さくら工業(株)", "㈱サクラ工業", "株式会社 さくら 工業"],
  ],
  ["华为", ["华为有限公司", "华为股份有限公司"]],
  ["삼성", ["주식회사 삼성", "삼성(주)"]],
  ["ромашка", ["ООО «Ромашка»", "Ромашка"]],
  ["as roma", ["AS Roma", "AS Roma S.p.A."]],
  ["inc", ["Inc.", "inc"]],
  ["株式会社", ["株式会社"]],
  ["c++ more", ["C++ & More Ltd."]],
  ["&", ["&"]],
])("the key %s is that of %j", (key, names) => {
  expect(names.map(keyOf)).toEqual(names.map(() => key))
})

it("keeps names apart that differ in more than their legal form, and has none for an existing account", () => {
  expect(keyOf("Acme Logistics")).not.toBe(keyOf("Acme"))
  expect(keyOf("Company of Heroes")).toBe("company of heroes")
  expect(toCompanyKey({ kind: "staff", companyName: "Acme" })).toBe("")
})
