/** The text of a page, without its tags, on one line. */
export const visibleText = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ")
