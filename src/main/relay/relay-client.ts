// Owns: which program git runs instead of ssh: the fastest to start that this machine has.
// Leaves: what it says to the relay (shared/git-protocol/relay-frame.ts), and the one that is always there (stand-in.ts).
import { runSystemCommand } from '../host/system-command.ts';
import { RELAY_STAND_IN } from '../places.ts';

/** Program and first arguments; the relay's socket comes behind them. */
export type RelayClient = readonly string[];

const NODE: RelayClient = [process.execPath, RELAY_STAND_IN];

/**
 * What relay-stand-in.ts does, in perl: it starts in 3 ms where Node takes 78 (measured). Its arguments are the numbers
 * that Socket.pm knows (loading it would take 5 ms more), and the socket's path. Two processes, so that neither
 * direction can hold up the other; the one that reads git ends when git closes its end, or when it is told to.
 */
const SCRIPT = `my ($family, $type, $head, $path) = @ARGV;
sub put {
  my ($to, $bytes) = @_;
  for (my $at = 0; $at < length $bytes;) { $at += syswrite($to, $bytes, length($bytes) - $at, $at) || return 0 }
  return 1;
}
sub fail { put(*STDERR, "git-remote-daemon: relay: $!\n"); exit 255 }
my ($relay, $copier);
socket($relay, $family, $type, 0) && connect($relay, pack("H4", $head) . "$path\\0") or fail();
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

/** Without -C0, PERL_UNICODE may make text of what are bytes. */
const PERL = ['perl', '-C0'] as const;

/** The family, the type, and what comes before the path in an address: a BSD's begins with its length. */
const NUMBERS = 'print join " ", PF_UNIX, SOCK_STREAM, unpack "H4a2", sockaddr_un "/x"';

/** Asks once whether this machine's perl can do it, and for the numbers it takes. Never rejects. */
export async function findRelayClient(env: NodeJS.ProcessEnv): Promise<RelayClient> {
  try {
    const [program, ...options] = PERL;
    const outcome = await runSystemCommand(program, [...options, '-MSocket', '-e', NUMBERS], { env });
    const [, ...numbers] =
      /^(\d+) (\d+) ([0-9a-f]{4}) \/x$/.exec(outcome.kind === 'exited' ? outcome.stdout : '') ?? [];
    return numbers.length > 0 ? [...PERL, '-e', SCRIPT, ...numbers] : NODE;
  } catch {
    // Not even started: Node is what we run on ourselves.
    return NODE;
  }
}
