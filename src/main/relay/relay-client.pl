#!/usr/bin/perl
# Owns: what git runs instead of ssh where there is perl: carries between git and a relay's socket, as stand-in.ts does.
# Leaves: finding that out, and its numbers (relay-client.ts); what the relay says (shared/git-protocol/relay-frame.ts).
#
# Two processes, so that neither direction can hold up the other; the one that reads git ends when git closes its end,
# or when it is told to. Neither holds what the other has of git, which hears then if one of them is killed. It loads no
# module: `strict` and `warnings`, with which it is tested, take as long as all the rest, and Socket.pm longer.

# Numbers of this system, as Socket.pm would tell: the family, the type, and what comes before the path in an address.
my ($family, $type, $head, $path) = @ARGV;
sub put {
  my ($to, $bytes) = @_;
  for (my $at = 0; $at < length $bytes;) { $at += syswrite($to, $bytes, length($bytes) - $at, $at) || return 0 }
  return 1;
}
sub fail { put(*STDERR, "git-remote-daemon: relay: $!\n"); exit 255 }
my ($relay, $copier);
socket($relay, $family, $type, 0) && connect($relay, pack("H4", $head) . "$path\0") or fail();
defined($copier = fork) or fail();
if (!$copier) {
  close(STDOUT);
  close(STDERR);
  while (sysread(STDIN, my $bytes, 65536)) { put($relay, $bytes) or last }
  shutdown($relay, 1);
  exit 0;
}
close(STDIN);
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
