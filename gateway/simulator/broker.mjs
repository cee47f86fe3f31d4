// The demo's broker where mosquitto is missing: aedes on loopback. It keeps its sessions in memory.
import { createServer } from 'node:net'

import { Aedes } from 'aedes'

const port = Number(process.argv[2])
const broker = await Aedes.createBroker()
const server = createServer(broker.handle)

server.on('error', (error) => {
  console.error(`port ${port}: ${error.message}`)
  process.exit(1)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
server.listen(port, '127.0.0.1')
