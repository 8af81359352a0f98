// Owns: the commands about peers as they are called: in which repository, with what they say, and telling the daemon there.
// Leaves: each of them (peer-invite.ts, peer-accept.ts, peer-list.ts, peer-remove.ts), and their words (peer-words.ts).
import { findRepository } from '../config/repository.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { runningDaemon, sendToDaemon } from '../instance/running-daemon.ts';
import {
  findStateDirectory,
  prepareStateDirectory,
  type StateDirectory,
  stateDirectory,
} from '../instance/state-directory.ts';
import { gitAt, peersPlace } from '../peers/place.ts';
import { peerRemotes } from '../peers/remotes-here.ts';
import { followRenames } from '../peers/renamed-remotes.ts';
import type { Handler } from './handler.ts';
import { acceptInvitation } from './peer-accept.ts';
import { invitePeer } from './peer-invite.ts';
import { listPeers } from './peer-list.ts';
import { removePeer } from './peer-remove.ts';
import { peerCommandOf } from './peer-words.ts';

/** Throws a UserError; then nothing is different from before. */
export const peerCommand: Handler = async (call, output) => {
  const command = peerCommandOf(call);
  const { env } = process;
  const repository = await findRepository({ cwd: workingDirectory(), env, gitAt });
  const { commonDir } = repository;
  if (command.kind === 'list') {
    // Who only looks makes no directory.
    const directory = findStateDirectory(commonDir) ?? stateDirectory(commonDir);
    await listPeers(peersPlace({ directory, repository, env }), command.json, output.print);
    return 0;
  }
  const directory = prepareStateDirectory(commonDir);
  const place = peersPlace({ directory, repository, env });
  await followRenames(place, await peerRemotes(place.git));
  if (command.kind === 'remove') await removePeer(place, command.name, output);
  else if (command.kind === 'invite') await invitePeer(place, command, output);
  else await acceptInvitation(place, command, output);
  const isTold = await tellDaemon(directory);
  if (!isTold && command.kind !== 'remove') output.note(NONE_RUNS);
  return 0;
};

const NONE_RUNS = "no daemon is running here, and peers meet daemons only: 'git remote-daemon start'";

/**
 * A daemon sees a changed config and changed tokens by itself; one in the background is to look at once. False: none
 * runs. One that is controlled by its parent gets no signal: where it is only just starting, that would end it.
 */
async function tellDaemon(directory: StateDirectory): Promise<boolean> {
  return sendToDaemon(directory, 'RELOAD') === 'sent' || (await runningDaemon(directory)) !== undefined;
}
