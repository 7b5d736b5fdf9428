// Runs before the first paint: a page shows at once what this browser can do, so that nothing moves later.

const { dataset } = document.documentElement
dataset.scripted = ""
if (window.PublicKeyCredential) dataset.passkeys = ""
