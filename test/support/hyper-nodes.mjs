// Owns: nodes of a network hyper in a process of their own, each at an address of its own: `hyper-nodes.mjs PORT HOST …`.
// Leaves: where that is (hyper-nat.ts).
import DHT from 'hyperdht';

const [, , port, first, ...others] = process.argv;
const bootstrap = [{ host: first, port: Number(port) }];
for (const host of [first, ...others]) {
  const node = new DHT({
    ephemeral: false,
    firewalled: false,
    bootstrap: host === first ? [] : bootstrap,
    port: Number(port),
    host,
  });
  await node.fullyBootstrapped();
}
process.stdout.write('ready\n');
