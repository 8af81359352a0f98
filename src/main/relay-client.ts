// Owns: which program git runs instead of ssh: the fastest to start that this machine has.
// Leaves: what it says to the relay (shared/protocol/relay-frame.ts), and the one that is always there (git/relay-stand-in.ts).
import { fileURLToPath } from 'node:url';
import { runSystemCommand } from './system-command.ts';

/** Program and first arguments; the relay's socket comes behind them. */
export type RelayClient = readonly string[];

const NODE: RelayClient = [process.execPath, fileURLToPath(new URL('./git/relay-stand-in.js', import.meta.url))];

/**
 * What relay-stand-in.ts does, in perl: it starts in 8 ms where Node takes 61 (measured). Two processes, so that neither
 * direction can hold up the other; the one that reads git ends when git closes its end, or when it is told to.
 */
const SCRIPT = `use Socket;
sub put {
  my ($to, $bytes) = @_;
  for (my $at = 0; $at < length $bytes;) { $at += syswrite($to, $bytes, length($bytes) - $at, $at) || return 0 }
  return 1;
}
sub fail { put(*STDERR, "git-remote-daemon: relay: $!\n"); exit 255 }
my ($relay, $copier);
socket($relay, PF_UNIX, SOCK_STREAM, 0) && connect($relay, sockaddr_un($ARGV[0])) or fail();
defined($copier = fork) or fail();
if (!$copier) {
  while (sysread(STDIN, my $bytes, 65536)) { put($relay, $bytes) or last }
  shutdown($relay, 1);
  exit 0;
}
my $status = 255;
my $held = "";
while (sysread($relay, $held, 65536, length $held)) {
  while (length $held >= 5) {
    my ($kind, $length) = unpack("CN", $held);
    last if length $held < 5 + $length;
    my $bytes = substr($held, 5, $length);
    substr($held, 0, 5 + $length) = "";
    if ($kind == 2) { $status = ord $bytes } else { put($kind ? *STDERR : *STDOUT, $bytes) or last }
  }
}
kill "TERM", $copier;
waitpid($copier, 0);
exit $status;
`;

/** Asks once whether this machine's perl can do it. Never rejects. */
export async function findRelayClient(env: NodeJS.ProcessEnv): Promise<RelayClient> {
  try {
    const outcome = await runSystemCommand('perl', ['-MSocket', '-e', 'exit 0'], { env });
    return outcome.kind === 'exited' && outcome.status === 0 ? ['perl', '-e', SCRIPT] : NODE;
  } catch {
    // Not even started: Node is what we run on ourselves.
    return NODE;
  }
}
