/**
 * Marks what a frame shows as ours: a page sees nothing of a sandboxed frame but the number of frames inside, which tells
 * public/app/previews.js whether the browser shows an error instead.
 */
export const FrameMark = () => <iframe hidden title="-" />
