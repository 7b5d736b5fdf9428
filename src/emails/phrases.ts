type Phrases = {
  date: Intl.DateTimeFormat
  /** Goes on from "Reply to this e-mail". */
  callUs: (phone: string) => string
  /** A person, and whom they act for. */
  personWithCompany: (name: string, company: string) => string
  /** What an invite of each kind is for: goes on from "invited you", after "to" in English and a comma in German. */
  purpose: Record<"customer" | "staff" | "member", (companyName: string, resellerName: string) => string>
}

/** What is put together when an e-mail is sent, by language. */
export const PHRASES = {
  en: {
    date: longDate("en-GB"),
    callUs: (phone) => `, or call ${phone}`,
    personWithCompany: (name, company) => `${name} of ${company}`,
    purpose: {
      customer: (company, reseller) => `set up the account of ${company} with ${reseller}`,
      staff: (_, reseller) => `join the staff of ${reseller}`,
      member: (company, reseller) => `join the account of ${company} with ${reseller}`,
    },
  },
  de: {
    date: longDate("de-DE"),
    callUs: (phone) => ` oder rufen Sie uns an: ${phone}`,
    personWithCompany: (name, company) => `${name} von ${company}`,
    purpose: {
      customer: (company, reseller) => `das Konto von ${company} bei ${reseller} einzurichten`,
      staff: (_, reseller) => `dem Team von ${reseller} beizutreten`,
      member: (company, reseller) => `dem Konto von ${company} bei ${reseller} beizutreten`,
    },
  },
} satisfies Record<string, Phrases>

function longDate(region: string) {
  return new Intl.DateTimeFormat(region, { dateStyle: "long", timeZone: "UTC" })
}
