// Owns: a new user's first session, in a terminal: from `npm pack` to `service remove`, each command with its screen.
// Leaves: typing (typing.ts), and who runs it (first-session-main.ts, test/end-to-end/first-session.test.ts).
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import { PROGRAM } from '../support/daemon.ts';
import { startNpmRegistry } from '../support/npm-registry.ts';
import { inPlaceOf, readmeBlock } from '../support/readme.ts';
import { plainScene, type Scene, untilRef } from '../support/scene.ts';
import { startUserManager, type UserManager } from '../support/user-manager.ts';
import { startTyping, type Typing } from './typing.ts';

const CHECKOUT = join(dirname(PROGRAM), '../..');
/** npm writes 37 MB. */
const INSTALL_LIMIT_MS = 120_000;

export interface Screen {
  readonly command: string;
  readonly text: string;
}

interface Session {
  readonly typing: Typing;
  readonly screens: Screen[];
  /** Types it, and keeps what it shows. Throws where that is not what it should be. */
  readonly type: (line: string, shows: RegExp, limitMs?: number) => Promise<void>;
}

/** Throws where something is not to be seen that should be. */
export async function firstSession(atEnd: AtEnd, columns = 80): Promise<readonly Screen[]> {
  const scene = await plainScene(atEnd);
  const manager = await startUserManager(atEnd, scene.scratch);
  const session = await openSession(atEnd, scene, manager, columns);
  await install(session);
  await session.type(`cd ${scene.clone.directory}`, /cd/);
  await lookAtIt(session, scene);
  await haveItServed(session);
  return session.screens;
}

async function openSession(
  atEnd: AtEnd,
  { scratch }: Pick<Scene<unknown>, 'scratch'>,
  manager: UserManager,
  columns: number,
): Promise<Session> {
  const prefix = join(scratch.directory, 'prefix');
  mkdirSync(prefix);
  const env = {
    ...manager.env,
    PATH: `${join(prefix, 'bin')}:${scratch.env.PATH}`,
    npm_config_prefix: prefix,
    npm_config_registry: await startNpmRegistry(atEnd),
    npm_config_cache: join(scratch.directory, 'npm-cache'),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
  const typing = await startTyping(atEnd, { scratch, env, columns, rows: 40, within: manager.within });
  const screens: Screen[] = [];
  const type = async (command: string, shows: RegExp, limitMs?: number): Promise<void> => {
    const text = await typing.command(command, limitMs);
    screens.push({ command, text });
    if (!shows.test(text)) throw new Error(`'${command}' does not show ${shows}, but:\n${text}`);
  };
  return { typing, screens, type };
}

/** As README.md says it, but that it is built already. */
async function install({ type }: Session): Promise<void> {
  const { version }: { version: string } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
  const block = inPlaceOf(readmeBlock('npm pack'), {
    'npm pack ': `npm pack --silent --ignore-scripts ${CHECKOUT} `,
    '-0.1.0.tgz': `-${version}.tgz`,
  });
  const [pack = '', add = '', ask = ''] = commandsIn(block);
  await type(pack, /\.tgz$/m);
  await type(add, /added \d+ packages/, INSTALL_LIMIT_MS);
  await type(ask, /version \d/);
}

async function lookAtIt({ type, typing, screens }: Session, { server, clone }: Scene<unknown>): Promise<void> {
  const arrives = async (command: string, before: RegExp): Promise<void> => {
    await typing.begin(command, before);
    const tip = await server.pushCommit();
    await untilRef(clone, 'refs/remotes/origin/main', tip);
    screens.push({ command, text: await typing.shows(new RegExp(`${tip.slice(0, 7)}|just now|1 s ago`)) });
    await typing.interrupt();
  };
  await type('git remote-daemon', /started/);
  await arrives('git remote-daemon status --watch', /connected/);
  await type('git remote-daemon status', /origin +connected/);
  await arrives('git remote-daemon events -f --json', /"CONNECTED"/);
  await type('git remote-daemon log -n 5', /origin/);
}

async function haveItServed({ type }: Session): Promise<void> {
  const [install = '', ask = '', remove = ''] = commandsIn(readmeBlock('git remote-daemon service install'));
  await type(install, /running/);
  await type(ask, /running/);
  await type('git remote-daemon status', /origin/);
  await type('git remote-daemon stop', /./);
  await type(remove, /removed/);
  await type('git remote-daemon status', /no daemon/);
}

/** Line by line, without the comments at their ends. */
const commandsIn = (block: string): string[] => block.split('\n').map((line) => line.replace(/ +#.*/, ''));

/** As they are put into a note. What takes the whole screen hides how it was called. */
export const asText = (screens: readonly Screen[]): string =>
  screens.map(({ command, text }) => `${text.startsWith('$ ') ? '' : `$ ${command}\n`}${text}\n`).join('\n');
