// Owns: git's remote helper as a process of Node: what git asks for, how it gets there, and what is said when it does not.
// Leaves: who starts it (main/relay/helper.sh, main/relay/helper.pl), the ways (door.ts, dial.ts), and carrying (join-git.ts).
import { DaemonError } from '../../../shared/failures.ts';
import type { Service } from '../../../shared/p2p/lines.ts';
import { printable } from '../../../shared/printable.ts';
import { PEER } from '../../patience.ts';
import { CannotHelp } from './cannot-help.ts';
import { createChildren } from './children.ts';
import { commonGitDir } from './common-git-dir.ts';
import { enterDoor, findDoor } from './door.ts';
import { type GitEnds, gitEnds, onceGone, readLine } from './git-ends.ts';
import { FAILED, joinGit } from './join-git.ts';

/** What git asks for, and the socket through which it is to be had, where that is known. */
interface Wanted {
  readonly service: Service;
  readonly door?: string | undefined;
}

/** `service` and `door` where perl has spoken with git already. */
const [, , scheme = '', remote = '', address, service, door] = process.argv;
/** As git has it. */
const url = `${scheme}::${address}`;

const children = createChildren();
process.on('exit', children.kill);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(FAILED));

async function run(git: GitEnds): Promise<number> {
  if (address === undefined) throw new CannotHelp(`the remote ${remote} has no URL`);
  const gitDir = commonGitDir(process.env);
  const wanted = wantedByPerl() ?? (await converse(git, () => findDoor({ url, remote, gitDir, told: told() })));
  if (wanted === undefined) return 0;
  if (wanted.door !== undefined) {
    const joined = await joinGit(enterDoor(wanted.door), git, wanted.service, PEER.answerMs);
    if (joined.kind === 'served') return joined.status;
  }
  return byDialling(git, wanted.service, gitDir);
}

const told = (): string | undefined => process.env.GIT_REMOTE_DAEMON_DOOR;

function wantedByPerl(): Wanted | undefined {
  return service === undefined || !isService(service) ? undefined : { service, door };
}

const isService = (text: string): text is Service => text === 'git-upload-pack' || text === 'git-receive-pack';

/** undefined: git wants nothing more. */
async function converse({ input, output }: GitEnds, findDoor: () => string | undefined): Promise<Wanted | undefined> {
  for (;;) {
    const line = await readLine(input);
    if (line === undefined || line === '') return undefined;
    const [word, asked = ''] = line.split(' ');
    if (word === 'connect' && isService(asked)) {
      // Only to be read from: a daemon has no turn to write for others.
      return { service: asked, door: asked === 'git-upload-pack' ? findDoor() : undefined };
    }
    const answer = ANSWERS[word ?? ''];
    if (answer === undefined) throw new CannotHelp(`git says what git-remote-${scheme} does not know`);
    output.write(answer);
  }
}

/** To what git says before it asks for a service; of one that is none it says by itself that it cannot have it. */
const ANSWERS: Readonly<Record<string, string>> = {
  capabilities: 'connect\n\n',
  option: 'unsupported\n',
  connect: 'fallback\n',
};

async function byDialling(git: GitEnds, service: Service, gitDir: string | undefined): Promise<number> {
  // What carries through a door needs nothing of it.
  const { dialService } = await import('./dial.ts');
  const stopLooking = onceGone(git, () => process.exit(FAILED));
  const channel = await dialService({ url, remote, gitDir, service, noteChild: children.note });
  stopLooking();
  const joined = await joinGit(channel, git, service, PEER.answerMs);
  if (joined.kind === 'served') return joined.status;
  const complaint = joined.complaint.replace(/^git-remote-daemon: /, '').trim();
  throw new CannotHelp(complaint || `the peer's ${service} says nothing: see there whether it runs by hand`);
}

const git = gitEnds();
try {
  const status = await run(git);
  await children.gone();
  process.exit(status);
} catch (error) {
  const why = error instanceof DaemonError ? error.detail : error instanceof Error ? error.message : String(error);
  process.stderr.write(`fatal: ${printable(why)}\n`, () => process.exit(FAILED));
}
