// Preloaded into a process that must work without network: any connection ends it.

import net from "node:net"

net.Socket.prototype.connect = (...args) => {
  console.error("connected to", args[0])
  process.exit(99)
}
