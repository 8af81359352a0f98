#!/usr/bin/perl
# Owns: the program git-annex-p2p-sock of the tests: a network of unix sockets in one directory, by git-annex's three calls.
# Leaves: putting it on PATH, and naming the directory (socket-network.ts).
#
# One loop carries all streams, each way for itself: a half that has ended is ended at the other side, and no more is
# read than is written.
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use IO::Poll qw(POLLIN POLLOUT POLLERR POLLHUP);
use Socket qw(AF_UNIX SOCK_STREAM pack_sockaddr_un);

my $MOST = 262144;
my $directory = $ENV{TESTNET_DIRECTORY} or fail("TESTNET_DIRECTORY names no directory");
my ($address, $socket) = @ARGV;
my (@flows, $listener, $ours);
$SIG{PIPE} = "IGNORE";

if (@ARGV == 1 && $address eq "address") { tell_address() }
elsif (@ARGV == 1) { dial() }
elsif (@ARGV == 2) { serve() }
else { fail("usage: git-annex-p2p-sock address | ADDRESS [SOCKET]") }

sub fail { print STDERR "git-annex-p2p-sock: $_[0]\n"; exit 1 }

sub tell_address {
  my @known = split /\n/, `git config --get-all testnet.address`;
  require Cwd;
  require Digest::MD5;
  @known = (substr(Digest::MD5::md5_hex(Cwd::getcwd()), 0, 16)) unless @known;
  print map { "$_\n" } @known;
}

sub place_of {
  my ($at) = @_;
  return "$directory/$at" if $at =~ /^\w[\w.-]{0,31}$/;
  require Digest::MD5;
  return "$directory/" . Digest::MD5::md5_hex($at);
}

sub reach {
  my ($path) = @_;
  socket(my $to, AF_UNIX, SOCK_STREAM, 0) or fail("socket: $!");
  return connect($to, pack_sockaddr_un($path)) ? $to : undef;
}

sub dial {
  my $peer = reach(place_of($address)) or fail("nobody listens as $address: $!");
  join_streams(\*STDIN, \*STDOUT, $peer, $peer);
  turn() while @flows;
}

sub serve {
  my $parent = getppid();
  my $watches_stdin = -p STDIN || -S STDIN;
  listen_here();
  $SIG{TERM} = $SIG{INT} = $SIG{HUP} = sub { leave(0) };
  while (getppid() == $parent) {
    my $seen = turn($listener, $watches_stdin ? \*STDIN : ());
    leave(0) if $seen->{fileno(STDIN)} && !sysread(STDIN, my $bytes, 4096);
    next unless $seen->{fileno($listener)};
    accept(my $peer, $listener) or next;
    my $daemon = reach($socket) or leave(1);
    join_streams($peer, $peer, $daemon, $daemon);
  }
  leave(0);
}

# Made beside and moved there, so that it takes the place of what another has left.
sub listen_here {
  my $place = place_of($address);
  socket($listener, AF_UNIX, SOCK_STREAM, 0) or fail("socket: $!");
  bind($listener, pack_sockaddr_un("$place.$$")) or fail("$place.$$: $!");
  listen($listener, 1024) or fail("listen: $!");
  $ours = (stat "$place.$$")[1];
  rename("$place.$$", $place) or fail("$place: $!");
}

sub leave {
  my $there = (stat place_of($address))[1];
  unlink place_of($address) if defined $there && $there == $ours;
  exit $_[0];
}

sub join_streams {
  my ($from, $to, $back_from, $back_to) = @_;
  for my $each ($from, $to, $back_from, $back_to) {
    fcntl($each, F_SETFL, fcntl($each, F_GETFL, 0) | O_NONBLOCK);
  }
  my $left = 2;
  my $there = { from => $from, to => $back_to, held => "", left => \$left };
  my $back = { from => $back_from, to => $to, held => "", left => \$left };
  ($there->{other}, $back->{other}) = ($back, $there);
  push @flows, $there, $back;
}

# Waits until something can be carried, or for a second; tells which of the other streams can be read.
sub turn {
  my @others = @_;
  my %wanted = map { (fileno($_) => POLLIN) } @others;
  for my $flow (@flows) {
    $wanted{fileno $flow->{from}} |= POLLIN unless $flow->{ended} || length $flow->{held} >= $MOST;
    # Asked for nothing it still tells when nobody reads there any more.
    $wanted{fileno $flow->{to}} |= length $flow->{held} ? POLLOUT : 0 if length $flow->{held} || is_last($flow);
  }
  my @asked = %wanted;
  IO::Poll::_poll(1000, @asked) > 0 or return {};
  my %got = @asked;
  carry($_, \%got) for @flows;
  @flows = grep { !$_->{over} } @flows;
  return { map { (fileno($_) => 1) } grep { $got{fileno $_} } @others };
}

sub carry {
  my ($flow, $got) = @_;
  return if $flow->{over};
  my ($from, $to) = map { fileno $flow->{$_} } "from", "to";
  return part($flow) if is_last($flow) && ($got->{$to} // 0) & (POLLERR | POLLHUP);
  if (!$flow->{ended} && length $flow->{held} < $MOST && $got->{$from}) {
    my $read = sysread($flow->{from}, $flow->{held}, 65536, length $flow->{held});
    $flow->{ended} = 1 if defined $read ? $read == 0 : !$!{EAGAIN};
  }
  if (length $flow->{held}) {
    my $written = syswrite($flow->{to}, $flow->{held});
    if (defined $written) { substr($flow->{held}, 0, $written, "") }
    elsif (!$!{EAGAIN}) { return part($flow) }
  }
  finish($flow) if $flow->{ended} && !length $flow->{held};
}

sub finish {
  my ($flow) = @_;
  $flow->{over} = 1;
  shutdown($flow->{to}, 1) or close $flow->{to};
  ${$flow->{left}} -= 1;
  part($flow) unless ${$flow->{left}};
}

# Nothing more comes from where it goes: if nobody reads there either, all is over.
sub is_last {
  my ($flow) = @_;
  my $other = $flow->{other};
  return 1 if $other->{over} || fileno($flow->{to}) != fileno($other->{from});
  return $other->{ended} && !length $other->{held};
}

sub part {
  my ($flow) = @_;
  for my $each ($flow, $flow->{other}) {
    $each->{over} = 1;
    close $each->{$_} for "from", "to";
  }
  delete $flow->{other}{other};
}
