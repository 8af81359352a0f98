// Owns: a new user's first session, in a terminal: from `npm pack` to `service remove`, each command with its screen.
// Leaves: the terminal (support/shell-terminal.ts), and who runs it (first-session-main.ts, test/end-to-end/first-session.test.ts).
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import { PROGRAM } from '../support/daemon.ts';
import { startNpmRegistry } from '../support/npm-registry.ts';
import { inPlaceOf, readmeBlock } from '../support/readme.ts';
import { plainScene, untilRef } from '../support/scene.ts';
import { openTerminal } from '../support/shell-terminal.ts';

const CHECKOUT = join(dirname(PROGRAM), '../..');
/** npm may have to write 37 MB. */
const INSTALL_LIMIT_MS = 120_000;

export interface Screen {
  readonly title: string;
  readonly text: string;
}

export interface Session {
  readonly screens: readonly Screen[];
  /** The full name of the commit that was pushed elsewhere. */
  readonly pushed: string;
}

/** Throws where something is not to be seen that should be. */
export async function firstSession(atEnd: AtEnd, columns = 80): Promise<Session> {
  const scene = await plainScene(atEnd);
  const { scratch, server, clone } = scene;
  const prefix = join(scratch.directory, 'prefix');
  mkdirSync(prefix);
  const version = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')).version;
  const env = {
    ...scratch.env,
    PATH: `${join(prefix, 'bin')}:${scratch.env.PATH}`,
    npm_config_prefix: prefix,
    npm_config_registry: await startNpmRegistry(atEnd),
    npm_config_cache: join(scratch.directory, 'npm-cache'),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
  const terminal = await openTerminal(atEnd, { scratch, cwd: scratch.directory, env, columns, rows: 40 });
  const screens: Screen[] = [];
  const keep = (title: string, text: string): string => {
    screens.push({ title, text });
    return text;
  };
  const type = async (line: string, shows: RegExp, limitMs?: number): Promise<string> => {
    const text = keep(line, await terminal.command(line, limitMs));
    if (!shows.test(text)) throw new Error(`'${line}' does not show ${shows}, but:\n${text}`);
    return text;
  };

  const [pack = '', install = '', asked = ''] = inPlaceOf(readmeBlock('npm pack'), {
    // It is built already; its script would look at that again.
    'npm pack ': `npm pack --silent --ignore-scripts ${CHECKOUT} `,
    './git-remote-daemon-0.1.0.tgz': `./git-remote-daemon-${version}.tgz`,
  })
    .split('\n')
    .map((line) => line.replace(/ +#.*/, ''));
  await type(pack, /\.tgz$/m);
  await type(install, /added \d+ packages/, INSTALL_LIMIT_MS);
  await type(asked, /version/);
  await type(`cd ${clone.directory}`, /cd/);
  await type('git remote-daemon', /\$ git remote-daemon/);
  await terminal.begin('git remote-daemon status --watch', /connected/);
  const pushed = await server.pushCommit();
  await untilRef(clone, 'refs/remotes/origin/main', pushed);
  keep('git remote-daemon status --watch', await terminal.untilShown(new RegExp(pushed.slice(0, 7))));
  await terminal.press('C-c');
  await terminal.prompted();
  await type('git remote-daemon status', /origin/);
  await type('git log -1 --format=%h origin/main', new RegExp(pushed.slice(0, 7)));
  await terminal.begin('git remote-daemon events -f --json', /"event":"CONNECTED"/);
  const again = await server.pushCommit();
  keep('git remote-daemon events -f --json', await terminal.untilShown(new RegExp(again.slice(0, 7))));
  await terminal.press('C-c');
  await terminal.prompted();
  await type('git remote-daemon log -n 5 --no-pager', /origin/);
  await type('git remote-daemon stop', /stop/);
  await type('git remote-daemon status', /.*/);
  return { screens, pushed };
}

/** As they are put into a note. */
export const asText = ({ screens }: Session): string => screens.map(({ text }) => `${text}\n`).join('\n');
