// Reads one record (base64) with kafkajs' registry client and prints it as JSON.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [modules, host, record] = process.argv.slice(2)
const require = createRequire(join(modules, 'here.js'))
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')
const value = await new SchemaRegistry({ host }).decode(Buffer.from(record, 'base64'))
console.log(JSON.stringify(value))
