// What an application does with kafkajs: an admin client, a group of two members, transactions. It ends with 0 if all is well.
// usage: node kafkajs.js BOOTSTRAP; kafkajs is found through NODE_PATH
'use strict'

const assert = require('assert')
const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const kafka = new Kafka({
  clientId: 'kafkajs',
  brokers: [process.argv[2]],
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 50, retries: 20 },
})

const PARTITIONS = 4
const topic = 'kafkajs-orders'
const copies = 'kafkajs-copies'
const groupId = 'kafkajs-group'

async function until(condition, what) {
  const deadline = Date.now() + 30000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('never came true: ' + what)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** A member of the group that remembers what it has read and which partitions it has. */
async function member(name, seen) {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 100, rebalanceTimeout: 10000, maxWaitTimeInMs: 50 })
  const has = { partitions: [], name }
  consumer.on(consumer.events.GROUP_JOIN, event => {
    has.partitions = event.payload.memberAssignment[topic] || []
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommitInterval: 50,
    eachMessage: async ({ partition, message }) => {
      seen.push(partition + ':' + message.offset + '=' + message.value)
    },
  })
  return { has, stop: () => consumer.disconnect() }
}

async function read(isolated, count) {
  const consumer = kafka.consumer({
    groupId: 'kafkajs-reader-' + isolated, readUncommitted: !isolated, maxWaitTimeInMs: 50,
  })
  const values = []
  await consumer.connect()
  await consumer.subscribe({ topics: [copies], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => { values.push(message.value.toString()) } })
  await until(() => values.length >= count, 'records are read')
  await consumer.disconnect()
  return values
}

async function groups(admin, producer) {
  const seen = []
  const first = await member('first', seen)
  await until(() => first.has.partitions.length === PARTITIONS, 'the first has everything')
  const second = await member('second', seen)
  await until(() => first.has.partitions.length === 2 && second.has.partitions.length === 2, 'both have their share')
  assert.deepStrictEqual([...first.has.partitions, ...second.has.partitions].sort(), [0, 1, 2, 3])

  const { groups: described } = await admin.describeGroups([groupId])
  assert.strictEqual(described[0].state, 'Stable')
  assert.strictEqual(described[0].members.length, 2)
  assert.ok((await admin.listGroups()).groups.some(each => each.groupId === groupId))

  for (let i = 0; i < PARTITIONS; i++) {
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ partition: i, value: 'late-' + i }] })
  }
  await until(() => new Set(seen).size === 11 * PARTITIONS, 'everything is read')
  await second.stop()
  await until(() => first.has.partitions.length === PARTITIONS, 'the first has everything again')
  await first.stop()
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
  assert.deepStrictEqual(committed.partitions.map(each => each.offset), Array(PARTITIONS).fill('11'))
}

async function transactions(admin) {
  const producer = kafka.producer({ transactionalId: 'kafkajs-producer', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [name, commit] of [['one', true], ['two', false], ['three', true]]) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: copies, messages: [{ value: name }] })
    await transaction.sendOffsets({
      consumerGroupId: 'kafkajs-copier',
      topics: [{ topic, partitions: [{ partition: 0, offset: String(name.length) }] }],
    })
    if (commit) await transaction.commit()
    else await transaction.abort()
  }
  await producer.disconnect()
  assert.deepStrictEqual(await read(true, 2), ['one', 'three'])
  assert.deepStrictEqual(await read(false, 3), ['one', 'two', 'three'])
  const [committed] = await admin.fetchOffsets({ groupId: 'kafkajs-copier', topics: [topic] })
  assert.strictEqual(committed.partitions.find(each => each.partition === 0).offset, '5')
}

async function main() {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: PARTITIONS }, { topic: copies, numPartitions: 1 }],
  })
  const producer = kafka.producer()
  await producer.connect()
  for (let i = 0; i < PARTITIONS; i++) {
    const messages = Array.from({ length: 10 }, (_, n) => ({ partition: i, key: 'key', value: 'value-' + n }))
    await producer.send({ topic, acks: -1, messages })
  }
  const offsets = await admin.fetchTopicOffsets(topic)
  assert.deepStrictEqual(offsets.map(each => each.high), Array(PARTITIONS).fill('10'))
  await groups(admin, producer)
  await producer.disconnect()
  await transactions(admin)
  await admin.deleteGroups([groupId])
  await admin.deleteTopics({ topics: [topic, copies] })
  assert.deepStrictEqual((await admin.listTopics()).filter(each => each.startsWith('kafkajs')), [])
  await admin.disconnect()
}

main().then(() => console.log('kafkajs is content'), error => {
  console.error(error)
  process.exit(1)
})
