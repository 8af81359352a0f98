// Owns: which of the paths of this session will be there in the next one, so that a service may rely on them.
// Leaves: asking the machine for them (facts-here.ts).
import path from 'node:path';

export type KeyAgent =
  | { readonly kind: 'none' }
  /** The same at each login. */
  | { readonly kind: 'lasting'; readonly socket: string }
  /** Of this session only. */
  | { readonly kind: 'passing'; readonly socket: string };

export interface Homes {
  readonly home: string;
  /** Of this account, such as /run/user/1000. */
  readonly runtime: string | undefined;
}

/**
 * Names that hold a number or random letters: `/tmp/ssh-XXXXXXXXXX/agent.123` of ssh-agent, forwarded or not,
 * `~/.ssh/agent/s.….agent.…` of OpenSSH 10.1, `vscode-ssh-auth-….sock`, `tmux-…`, `com.apple.launchd.…`.
 */
const MADE_FOR_ONCE =
  /^(?:ssh-\w{6,}|agent\.\d+|s\.\w+\..*|vscode-.*|com\.apple\.launchd\..*|.*[.-]\d{3,}(?:\.sock)?)$/;

/** What SSH_AUTH_SOCK leads to. */
export function keyAgent(socket: string | undefined, { home, runtime }: Homes): KeyAgent {
  if (socket === undefined || socket === '') return { kind: 'none' };
  const above = [runtime, home].find((folder) => folder !== undefined && isBelow(socket, folder));
  const isPassing =
    above === undefined ||
    path
      .relative(above, socket)
      .split('/')
      .some((part) => MADE_FOR_ONCE.test(part));
  return { kind: isPassing ? 'passing' : 'lasting', socket };
}

export interface FoundNode {
  /** As PATH has it. */
  readonly at: string;
  /** Where its links lead. */
  readonly real: string;
}

/**
 * The node that runs now, by the name that outlives an upgrade where PATH has one: `/opt/homebrew/bin/node` rather than
 * what it leads to. A folder of one shell, such as fnm makes, is none.
 */
export function lastingNode(running: string, onPath: readonly FoundNode[], { runtime }: Homes): string {
  const passing = ['/tmp', '/run', '/var/run', ...(runtime === undefined ? [] : [runtime])];
  const isLasting = ({ at }: FoundNode): boolean => !passing.some((folder) => isBelow(at, folder));
  // The first one is what the user's commands run: any other is for somebody else.
  const [first] = onPath;
  return first?.real === running && isLasting(first) ? first.at : running;
}

function isBelow(at: string, folder: string): boolean {
  const relative = path.relative(folder, at);
  return path.isAbsolute(at) && relative !== '' && relative !== '..' && !relative.startsWith('../');
}
