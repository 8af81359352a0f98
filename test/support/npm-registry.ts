// Owns: a registry of npm's on loopback that has what this checkout has installed, and nothing else.
// Leaves: who installs from it (test/end-to-end/first-session.test.ts). What is served is made when it is asked for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { PROGRAM } from './daemon.ts';

const CHECKOUT = join(dirname(PROGRAM), '../..');

/** A version of a package, and where it is. */
interface Installed {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
}

/** Its URL, for `npm_config_registry`. */
export async function startNpmRegistry(atEnd: AtEnd): Promise<string> {
  const installed = installedHere();
  const server = createServer((request, answer) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname).slice(1);
    const file = installed.find((each) => path === tarballOf(each));
    const versions = installed.filter(({ name }) => name === path);
    if (file) sendTarball(file, answer);
    else if (versions.length > 0) answer.end(JSON.stringify(packumentOf(path, versions, url())));
    else answer.writeHead(404).end('{}');
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return url();
}

/** All but what only the checkout itself needs. */
function installedHere(): Installed[] {
  const lock: { packages: Readonly<Record<string, { version?: string; dev?: boolean }>> } = JSON.parse(
    readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages).flatMap(([path, { version = '', dev }]) => {
    const name = path.split('node_modules/').at(-1) ?? '';
    const directory = join(CHECKOUT, path);
    // Some are for other systems only.
    const isHere = path !== '' && !dev && existsSync(join(directory, 'package.json'));
    return isHere ? [{ name, version, directory }] : [];
  });
}

const tarballOf = ({ name, version }: Installed): string => `${name}/-/${version}.tgz`;

function packumentOf(name: string, versions: readonly Installed[], url: string): object {
  const manifests = versions.map((each) => ({
    ...JSON.parse(readFileSync(join(each.directory, 'package.json'), 'utf8')),
    dist: { tarball: `${url}${tarballOf(each)}` },
  }));
  return {
    name,
    'dist-tags': { latest: versions[0]?.version },
    versions: Object.fromEntries(versions.map(({ version }, index) => [version, manifests[index]])),
  };
}

function sendTarball({ directory }: Installed, answer: ServerResponse): void {
  const words = ['-C', directory, '--exclude=./node_modules', '-cf', '-', '--transform', 's,^\\.,package,', '.'];
  const tar = spawn('sh', ['-c', 'tar "$@" | gzip -1', 'sh', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  tar.stdout.pipe(answer);
}
