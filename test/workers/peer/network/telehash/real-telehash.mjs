// Owns: a node of the package telehash itself, with its own transport tcp4 and its own streams, as a process.
// Leaves: what is expected of it (interplay.test.ts). `node real-telehash.mjs [LINK]`: takes whoever comes and says again what
// they say; LINK is a link's JSON (keys and paths), to which it makes a stream and sends what comes on its stdin.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const out = process.stdout.write.bind(process.stdout);
// It says much that nobody asked for.
for (const name of ['log', 'info', 'warn', 'error', 'trace']) console[name] = () => undefined;

const telehash = require('telehash/lib/mesh.js');
const tcp4 = require('telehash-tcp4');
const stream = require('telehash/ext/stream');
tcp4.ip = '127.0.0.1';
const say = (what) => void out(`${JSON.stringify(what)}\n`);

const [link] = process.argv.slice(2).map((text) => JSON.parse(text));
// The third, of RSA, takes seconds.
const id = { keys: {}, secrets: {} };
for (const set of ['1a', '3a']) {
  const { key, secret } = await telehash.e3x.cs[set].generate();
  [id.keys[set], id.secrets[set]] = [key, secret].map((each) => telehash.base32.encode(each));
}
const keys = { ...id.keys };
telehash.mesh({ id, extensions: { tcp4, stream } }, (refused, mesh) => {
  if (refused) throw refused;
  mesh.accept = (from) => mesh.link(from);
  mesh.stream((_link, _request, accept) => {
    const taken = accept();
    taken.on('data', (bytes) => taken.write(bytes));
    taken.on('error', () => undefined);
  });
  const [{ port }] = mesh.paths();
  say({ hashname: mesh.hashname, keys, port });
  if (link) dial(mesh.link(link));
});

function dial(there) {
  let made;
  there.status((down) => {
    if (down || made) return;
    made = there.stream();
    made.on('error', (error) => say({ failed: String(error) }));
    made.on('data', (bytes) => say({ came: bytes.toString('hex') }));
    made.on('end', () => say({ ended: true }));
    process.stdin.on('data', (bytes) => made.write(bytes));
    process.stdin.on('end', () => made.end());
  });
}
