// Owns: what links to peers need of the rest of the daemon, and what becomes of what they find out.
// Leaves: who the peers are (main/peers), the links (link/), and putting all else together (assemble.ts).
import type { Clues } from '../../shared/account.ts';
import type { Told } from '../../shared/control-protocol/control.ts';
import { networkOf } from '../../shared/p2p/address.ts';
import { settingsOf } from '../../shared/p2p/network-settings.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import type { PeerReport, PeerTask } from '../../shared/thread-messages.ts';
import type { ConfigNow } from '../config/live-config.ts';
import type { DaemonContext } from '../daemon-context.ts';
import type { Peers } from '../peers/peers.ts';
import type { PeerRemote } from '../peers/remotes-here.ts';
import { reasonOf } from '../user-error.ts';
import { createInvitations } from './link/invitations.ts';
import { peerClues } from './link/peer-clues.ts';
import { identityOf } from './remote/record.ts';

export interface PeersNeeds {
  readonly config: () => ConfigNow;
  readonly peers: Peers;
  /** A try begins that rests on these as they are now. */
  readonly begins: (clues: Clues) => void;
  readonly say: (message: Told) => void;
  /** Has its link made anew. */
  readonly renew: (remote: Remote) => void;
}

export interface WithPeers {
  readonly taskFor: (remote: RemoteName) => PeerTask;
  readonly hear: (remote: RemoteName, report: PeerReport) => void;
  /** A config was taken. */
  readonly configured: () => void;
}

export function assemblePeers(
  { repository, log }: DaemonContext,
  { config, peers, say, begins, renew }: PeersNeeds,
): WithPeers {
  const remoteCalled = (name: RemoteName): Remote | undefined =>
    config().remotes.find((remote) => remote.name === name);
  const invitations = createInvitations({
    pendingInvitation: peers.pendingInvitation,
    invitationGiven: peers.invitationGiven,
    found: (name) => {
      const remote = remoteCalled(name);
      if (remote) renew(remote);
    },
    warn: (name, text) => {
      const remote = remoteCalled(name);
      if (remote) say({ kind: 'WARNING', remote: identityOf(remote), text });
      else log.ofRemote.warn(name, text);
    },
  });
  const known = (name: RemoteName, uuid: string): void => {
    const failed = (error: unknown): void =>
      log.ofRemote.warn(name, `who it is cannot be kept, and so not be compared: ${reasonOf(error)}`);
    peers.peerKnown(name, uuid).catch(failed);
    const remote = remoteCalled(name);
    // There may be an own address by now to invite it to.
    if (remote) invitations.look([remote]);
  };
  return {
    taskFor: (remote) => {
      const opened = remoteCalled(remote);
      for (const clues of opened ? peerClues([opened], repository.commonDir) : []) begins(clues);
      const invitation = invitations.for(remote);
      return {
        // Made by whoever reads the config, where a remote is a peer.
        ownUuid: config().ownUuid ?? '',
        gitDir: repository.commonDir,
        torProxy: config().settings.torProxy,
        ...networkPartsFor(opened, config()),
        ...(invitation !== undefined && { invitation }),
      };
    },
    hear: (remote, report) => {
      if (report.kind === 'peer-known') known(remote, report.uuid);
      else invitations.given(remote, report.taken ? undefined : report.why);
    },
    configured: () => {
      const { remotes } = config();
      const look = (): void => invitations.look(remotes);
      const failed = (error: unknown): void =>
        log.info('peers', `which remotes were renamed is not known: ${reasonOf(error)}`);
      void peers.followRenames(peersAmong(remotes)).catch(failed).then(look);
    },
  };
}

/** A peer is reached in one way only. */
function networkPartsFor(remote: Remote | undefined, config: ConfigNow): Pick<PeerTask, 'settings' | 'secrets'> {
  const [rung] = remote?.rungs ?? [];
  if (rung?.kind !== 'peer') return { settings: {}, secrets: {} };
  const network = networkOf(rung.address);
  return { settings: settingsOf(network, config.settings.networks), secrets: config.secrets.networks[network] ?? {} };
}

const peersAmong = (remotes: readonly Remote[]): PeerRemote[] =>
  remotes.flatMap(({ name, rungs: [rung] }) => (rung.kind === 'peer' ? [{ name, address: rung.address }] : []));
