// Suggests names of time zones. Without them, people type one.

const list = document.getElementById("time-zones")
const names = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")]
list?.append(...names.map((name) => new Option(name)))
