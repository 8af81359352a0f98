// Owns: what a user is told of the command line.
// Leaves: reading it (command-line.ts, peer-words.ts).

/** For a call that is wrong. */
export const SHORT_USAGE = `\
usage: git remote-daemon [start|run|stop|pause|resume|reload|status|log|peer]
       git remote-daemon -h tells of each, and of its options
`;

const PEER_LINES = `\
   or: git remote-daemon peer invite [--network=NET] [--write] [--name=NAME]
   or: git remote-daemon peer accept NAME (- | INVITATION) [--one-way] [--write]
   or: git remote-daemon peer (list [--json] | remove NAME)
`;

/** For a call of `peer` that is wrong. */
export const PEER_USAGE = `${PEER_LINES.replace('   or:', 'usage:')}\
       git remote-daemon -h tells of each, and of its options
`;

export const USAGE = `\
usage: git remote-daemon [start] [--replace] [--remote-id=(name|uri)]
   or: git remote-daemon run [--replace] [--remote-id=(name|uri)]
   or: git remote-daemon --foreground [--replace] [--remote-id=(name|uri)]
                         [--parent-pid=PID]
   or: git remote-daemon (stop | pause | resume | reload)
   or: git remote-daemon status [--json]
   or: git remote-daemon log [-f]
${PEER_LINES}   or: git remote-daemon (-h | --version | --control-path)
`;

export const HELP = `\
${USAGE}
Keeps a live link to each remote of this repository and fetches when branches or
tags move there: within a moment where it can be watched, else at the next
comparison. Your own branches, index and work tree are never touched.

Starting
    start             run in the background; no command at all means this, too
    run               run in this process, log to stderr: for systemd, launchd
    --foreground      run in this process, controlled by its parent over stdin
                      and stdout; it stops when stdin ends
    --replace         stop the daemon that runs here first
    --remote-id=name  call remotes by their names when talking to a program
    --remote-id=uri   call them by their URIs, as git-annex's assistant expects
    --parent-pid=PID  with --foreground: stop, too, when that process is gone,
                      as others may hold the other end of stdin open

While it runs
    status            how each remote is doing; with --json, for programs
    log               what has happened; with -f, go on as more happens
    pause             close all connections and keep quiet
    resume            connect again and fetch what was missed
    reload            read git's configuration again; it also does that by
                      itself when a file changes
    stop              end it, and wait until it is gone

Peers: repositories on other machines, with no server between
    peer invite       let somebody in over a network of peers, such as tor, and
                      print an invitation, which is a secret. He may read; with
                      --write, push as well. --network says over which, unless
                      just one is served; --name what he is to be called here
    peer accept NAME -
                      make the remote NAME of the invitation on stdin, where no
                      other user sees it, and invite him in return, unless with
                      --one-way; with --write, he may push here
    peer list         who may come here, what he may, and when he last did; with
                      --json, for programs
    peer remove NAME  shut him out at once and remove the remote; or take an
                      invitation back

A program can do the same by writing a line such as PAUSE or RESUME to
.git/remote-daemon/control, and can read from .git/remote-daemon/events what
happens. Where the file system has no named pipes both are elsewhere, and
--control-path tells where.

To leave a remote alone: git config remote.<name>.remotedaemon false

The exit status is 0; or 1 if the answer is no (none is running, or one already
is); 128 if it cannot be done; 129 if the command line is wrong.
`;
