// Owns: a worker entry whose loops behave as their task's URL or network says, or that does not start, for tests of the pool with real threads.
// Leaves: the real loop (src/workers/connection-loop.ts).
import { threadId } from 'node:worker_threads';

const listening = new Set();
// What befalls a thread before it is ready for its first link.
if (process.env.ODD_START === 'throws') throw new Error('thrown on purpose');
if (process.env.ODD_START === 'exits') process.exit(1);

/** @param {{ task: { url: string }, port: import('node:worker_threads').MessagePort }} input */
export const runLink = ({ task, port }) => runLoop(task.url, port, { kind: 'connected', how: 'odd', relay: false });

/** @param {{ task: { network: string }, port: import('node:worker_threads').MessagePort }} input */
export const runService = ({ task, port }) =>
  runLoop(task.network, port, { kind: 'listening', how: 'odd', addresses: [] });

/** @param {string} behaviour @param {import('node:worker_threads').MessagePort} port @param {{ kind: string }} isUp */
async function runLoop(behaviour, port, isUp) {
  port.postMessage({ kind: 'started', threadId });
  if (behaviour === 'throws') throw new Error('thrown on purpose');
  if (behaviour === 'runs-out-of-memory') fillMemory();
  if (behaviour === 'spins') spin();
  const ordered = new Promise((resolve) => port.on('message', resolve));
  port.postMessage(isUp);
  listening.add(port);
  await ordered;
  listening.delete(port);
  if (behaviour === 'never-ends') await new Promise(() => setInterval(() => undefined, 1_000));
  port.postMessage({ kind: 'ended', ending: { kind: 'closed' } });
  port.close();
}

/** Told by every link that listens here. */
export function giveBack() {
  for (const port of listening) port.postMessage({ kind: 'log', text: 'gives back' });
}

function fillMemory() {
  const kept = [];
  for (;;) kept.push(new Array(100_000).fill(kept.length));
}

function spin() {
  for (;;);
}
