// BullMQ with nodemailer. `node bullmq.mjs worker` sends what is queued; `node bullmq.mjs ask` queues: it reads lines
// `go ROUND COUNT` and answers each with the nanoseconds of the clock before the first and after the last was queued.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import nodemailer from 'nodemailer';

const QUEUE = 'mails';
const prefix = process.env.BENCH_PREFIX;
const connections = Number(process.env.BENCH_CONNECTIONS);
const connection = new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null });
const say = (line) => process.stdout.write(`${line}\n`);
const nanoseconds = () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));

async function work() {
  const smtp = new URL(process.env.BENCH_SMTP_URL);
  const mails = nodemailer.createTransport({
    host: smtp.hostname, port: Number(smtp.port), secure: false, ignoreTLS: true,
    pool: true, maxConnections: connections, maxMessages: Infinity,
    disableFileAccess: true, disableUrlAccess: true,
  });
  const send = ({ data }) => mails.sendMail({
    from: data.from, to: { name: data.name, address: data.to }, messageId: data.id, subject: data.subject,
    text: data.text, html: data.html,
    alternatives: [{ contentType: `text/calendar; charset=utf-8; method=${data.method}`, content: data.calendar }],
    attachments: [{ filename: 'interview.ics', contentType: 'text/calendar; charset=utf-8', content: data.calendar }],
  });
  const worker = new Worker(QUEUE, send, {
    connection, prefix, concurrency: connections * 4, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 },
  });
  worker.on('error', (error) => process.stderr.write(`${error}\n`));
  worker.on('failed', (_, error) => process.stderr.write(`${error}\n`));
  await worker.waitUntilReady();
  say('ready');
}

async function ask() {
  const mail = JSON.parse(readFileSync(process.env.BENCH_MAIL));
  const queue = new Queue(QUEUE, {
    connection, prefix,
    defaultJobOptions: {
      attempts: 8, backoff: { type: 'exponential', delay: 10_000 }, removeOnComplete: true, removeOnFail: true,
    },
  });
  await queue.waitUntilReady();
  say('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [, round, count] = line.split(' ').map(Number);
    const begun = nanoseconds();
    for (let first = 0; first < count; first += 500) {
      const numbers = Array.from({ length: Math.min(500, count - first) }, (_, place) => first + place);
      await queue.addBulk(numbers.map((number) => ({
        name: 'mail',
        data: {
          ...mail, id: `<bullmq-${round}-${number}@peer.example>`, to: `candidate${number}@example.com`,
          name: `Candidate ${number}`,
        },
      })));
    }
    say(`${begun} ${nanoseconds()}`);
  }
  process.exit(0);
}

await (process.argv[2] === 'worker' ? work() : ask());
