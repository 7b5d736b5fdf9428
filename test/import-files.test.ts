import { expect, it } from "vitest"
import { guessColumns } from "../src/domain/imports/columns.ts"
import { IMPORT_ROWS_MAX, readTable } from "../src/domain/imports/read-table.ts"

const HEADER = ["Firma", "Ansprechpartner", "E-Mail", "Notiz"]
const ROW = [
  "Müller & Söhne GmbH",
  "Jürgen Groß",
  "juergen@mueller.example",
  'Grüße; bis bald,\t„morgen“ – "Chef"\n2. Zeile',
]
const SECOND = ["Café Zoé", "Zoé", "zoe@cafe.example", ""]

const quoted = (cells: string[], delimiter: string, always = false) =>
  cells.map((cell) => (always || /[",;\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter)

const ENCODINGS: Record<string, (text: string) => Uint8Array> = {
  "UTF-8": (text) => new TextEncoder().encode(text),
  "UTF-8 with a mark": (text) => new TextEncoder().encode(`\ufeff${text}`),
  "UTF-16LE with a mark": (text) => utf16(`\ufeff${text}`, true),
  "UTF-16BE with a mark": (text) => utf16(`\ufeff${text}`, false),
  "UTF-16LE": (text) => utf16(text, true),
  "UTF-16BE": (text) => utf16(text, false),
  "Windows-1252": (text) => Uint8Array.from(text, (char) => WINDOWS_1252[char] ?? char.charCodeAt(0)),
}
const WINDOWS_1252: Record<string, number> = { "„": 0x84, "“": 0x93, "–": 0x96 }

function utf16(text: string, isLittleEndian: boolean) {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), isLittleEndian)
  return new Uint8Array(view.buffer)
}

const LINE_ENDS = { LF: "\n", CRLF: "\r\n", CR: "\r" }

for (const [encoding, encode] of Object.entries(ENCODINGS)) {
  it(`a file in ${encoding} is read with any delimiter, line end, header and way of quoting`, () => {
    for (const delimiter of [",", ";", "\t"]) {
      for (const end of Object.values(LINE_ENDS)) {
        for (const always of [true, false]) {
          for (const header of [[HEADER], []]) {
            for (const trailing of ["", end]) {
              const rows = [...header, ROW, SECOND]
              const lines = rows.map((cells) => quoted(cells, delimiter, always).replaceAll("\n", end))
              expect(readTable(encode(lines.join(end) + trailing)).rows?.map(({ cells }) => cells)).toEqual(rows)
            }
          }
        }
      }
    }
  })
}

it("rows of a file are numbered as in a spreadsheet, and blank ones are left out", () => {
  const { rows } = readTable("Company;Email\n\n;\nNorthwind;p@n.example\n  \nContoso;m@c.example\n\n")
  expect(rows?.map(({ position, cells }) => [position, cells[0]])).toEqual([
    [1, "Company"],
    [4, "Northwind"],
    [6, "Contoso"],
  ])
})

it("the first line of a file can name the delimiter, as Excel's does", () => {
  const { rows } = readTable("sep=;\r\nCompany, Inc.;a@b.example\r\n")
  expect(rows).toEqual([{ position: 2, cells: ["Company, Inc.", "a@b.example"] }])
})

it("a file can have one column or one row", () => {
  expect(readTable("a@b.example\nc@d.example").rows?.map(({ cells }) => cells)).toEqual([
    ["a@b.example"],
    ["c@d.example"],
  ])
  expect(readTable("Northwind, Inc.;Nair, Priya;p@n.example").rows?.[0]?.cells).toEqual([
    "Northwind, Inc.",
    "Nair, Priya",
    "p@n.example",
  ])
  expect(readTable("Northwind\tPriya\tp@n.example").rows?.[0]?.cells).toEqual(["Northwind", "Priya", "p@n.example"])
})

it("a file that can't be read is refused with what is wrong with it", () => {
  const bytes = (...values: number[]) => Uint8Array.from([...values, ...Array.from({ length: 200 }, (_, i) => i % 7)])
  expect(readTable("")).toEqual({ problem: { kind: "empty" } })
  expect(readTable("\n;;\n \n")).toEqual({ problem: { kind: "empty" } })
  expect(readTable(new Uint8Array())).toEqual({ problem: { kind: "empty" } })
  expect(readTable(bytes(0x50, 0x4b, 0x03, 0x04))).toEqual({ problem: { kind: "not_text" } })
  expect(readTable(bytes(0xd0, 0xcf, 0x11, 0xe0))).toEqual({ problem: { kind: "not_text" } })
  expect(readTable(bytes(0x89, 0x50, 0x4e, 0x47))).toEqual({ problem: { kind: "not_text" } })
  expect(readTable(new TextEncoder().encode("%PDF-1.7\nhello"))).toEqual({ problem: { kind: "not_text" } })
  expect(readTable('a,b\n"never closed,c\nd,e\n')).toEqual({ problem: { kind: "quotes", position: 2 } })
  expect(readTable('a,b\n1,2\n"Acme" Inc,c\nd,e\n')).toEqual({ problem: { kind: "quotes", position: 3 } })
  expect(readTable(Array(501).fill("x").join(","))).toEqual({ problem: { kind: "too_many_columns" } })
  const rows = (n: number) => Array.from({ length: n }, (_, i) => `c${i},a${i}@b.example`).join("\n")
  expect(readTable(rows(IMPORT_ROWS_MAX + 1)).rows?.length).toBe(IMPORT_ROWS_MAX + 1)
  expect(readTable(rows(IMPORT_ROWS_MAX + 2))).toEqual({ problem: { kind: "too_many_rows" } })
  expect(readTable("\n".repeat(100_000) + rows(3))).toEqual({ problem: { kind: "too_many_rows" } })
})

it("hostile cells of a file stay text, and are cut", () => {
  const cells = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example")',
    "a\0b\u202ec\u0007",
    "x".repeat(1_000_000),
  ]
  const { rows } = readTable(quoted(cells, ",", true))
  expect(rows?.[0]?.cells.slice(0, 3)).toEqual([cells[0], cells[1], "ab\u202ec\u0007"])
  expect(rows?.[0]?.cells[3]?.length).toBe(2_100)
  expect(readTable(Array(200).fill("cell").join(";")).rows?.[0]?.cells).toHaveLength(200)
  expect(readTable(`${"x".repeat(2_099)}😀`).rows?.[0]?.cells[0]?.isWellFormed()).toBe(true)
})

it.each([
  [
    "Company Name,Contact Name,Contact Email Address,Billing Email Address,Billing Phone Number",
    "company_name,contact_name,contact_email,billing_email,billing_phone",
  ],
  [
    "company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,expires_in_days",
    "company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,expires_in_days",
  ],
  ["Firma,Ansprechpartner,E-Mail,Tel", "company_name,contact_name,contact_email,"],
  [
    "Kunde,Kontaktperson,E-Mail-Adresse,Rechnungs-E-Mail,Rechnungstelefon,Notiz,Sprache,Gültig (Tage)",
    "company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,expires_in_days",
  ],
  ["E-mail,x", "contact_email,"],
  [
    "Kundennummer,Kunde,Vorname,Nachname,Mail,Billing contact email,Telefon",
    "external_id,company_name,contact_name,last_name,contact_email,billing_email,billing_phone",
  ],
  ["Organisation,Name,EMAIL", "company_name,contact_name,contact_email"],
  ["Name,Contact person,Email", "company_name,contact_name,contact_email"],
  ["Unternehmen,Nachname,eMail", "company_name,contact_name,contact_email"],
  ["ID,Street,Wohin", "external_id,,contact_email"],
])("the columns of %s are guessed", (line, expected) => {
  const { columns } = guessColumns([line.split(","), ["1", "2", "p@n.example"]])
  const targets = Object.fromEntries(Object.entries(columns).map(([target, index]) => [index, target]))
  expect(line.split(",").map((_, index) => targets[index] ?? "")).toEqual(expected.split(","))
})

it("the columns of a file without a header are guessed by what is in them", () => {
  const rows = [
    ["Northwind", "Priya Nair", "priya@northwind.example", "+1 415 555 0132", "billing@acme.example"],
    ["Contoso", "Marta", "marta@contoso.example", "+1 415 555 0132", "billing@acme.example"],
  ]
  expect(guessColumns(rows)).toEqual({
    hasHeader: false,
    columns: { company_name: 0, contact_name: 1, contact_email: 2, billing_email: 4, billing_phone: 3 },
  })
  expect(guessColumns([["priya@northwind.example"]])).toEqual({ hasHeader: false, columns: { contact_email: 0 } })
  expect(
    guessColumns([
      ["Company", "Adresse"],
      ["Northwind", "priya@northwind.example"],
    ]),
  ).toEqual({
    hasHeader: true,
    columns: { company_name: 0, contact_email: 1 },
  })
})
