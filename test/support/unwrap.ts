/** The text of an email, with each paragraph on one line. */
export const unwrap = (text: string) => text.replace(/(?<!\n)\n(?!\n)/g, " ")
