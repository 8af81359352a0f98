#!/usr/bin/perl
# Owns: git's remote helper where there is perl: joins git to the door of a daemon's link, or leaves the whole to Node.
# Leaves: dialling by itself (workers/peer/helper), the doors (doors.ts), and what comes through one (shared/git-protocol/relay-frame.ts).
#
# It loads no module, as relay-client.pl does not, and reads no more of git than a line at a time: what comes after
# `connect` is for whoever goes on. Until the other side has spoken, which it does first, nothing is lost with a door.

my ($here, $scheme, $remote, $address) = @ARGV;
# The first word of the other side may have to come from far: in seconds.
my $patience = 60;
# Of complaints, until it is known what they are worth, and of a note.
my $most = 65536;
$SIG{PIPE} = "IGNORE";

sub fail { put(*STDERR, "fatal: $_[0]\n"); exit 128 }

sub put {
  my ($to, $bytes) = @_;
  for (my $at = 0; $at < length $bytes;) { $at += syswrite($to, $bytes, length($bytes) - $at, $at) || return 0 }
  return 1;
}

sub line {
  my $line = "";
  while (sysread(STDIN, my $byte, 1)) {
    return $line if $byte eq "\n";
    $line .= $byte;
    fail("git says what git-remote-$scheme does not know") if length $line > $most;
  }
  return undef;
}

# What is private to this account: nobody else can have put another in its place.
sub ours { return lstat($_[0]) && (stat _)[4] == $> }
sub private { return ours($_[0]) && -d _ && !((stat _)[2] & 077) }

sub content {
  my ($file, $bytes) = @_;
  return "" unless -f $file && open(my $opened, "<", $file);
  return sysread($opened, $bytes, $most) ? $bytes : "";
}

# What the daemon has noted of the door to this remote.
sub noted {
  my ($git, $common) = @ENV{"GIT_DIR", "GIT_COMMON_DIR"};
  return "" unless defined $git;
  if (!defined $common) {
    ($common) = split(/\n/, content("$git/commondir"));
    $common = !defined $common ? $git : $common =~ m{^/} ? $common : "$git/$common";
  }
  my $doors = "$common/remote-daemon/doors";
  (my $name = $remote) =~ s/([^A-Za-z0-9])/sprintf("%%%02X", ord($1))/ge;
  return "" unless private("$common/remote-daemon") && private($doors) && ours("$doors/$name");
  return content("$doors/$name");
}

# The socket and the numbers of this system, as of relay-client.pl. A text is for one URL: git may ask for another.
sub door {
  for my $text ($ENV{GIT_REMOTE_DAEMON_DOOR}, noted()) {
    my ($url, $path, $numbers) = split(/\n/, defined $text ? $text : "");
    next unless defined $path && $url eq "$scheme\::$address" && ours($path) && -S _;
    return ($path, split(/ /, defined $numbers ? $numbers : ""));
  }
  return ();
}

# Through the door, up to the first bytes of the other side; nothing if there are none.
sub enter {
  my ($path, $family, $type, $head) = @_;
  my ($relay, $held, $said) = (undef, "", "");
  socket($relay, $family, $type, 0) && connect($relay, pack("H4", $head) . "$path\0") or return ();
  my $both = "";
  vec($both, fileno($_), 1) = 1 for (*STDIN, $relay);
  for (;;) {
    select(my $ready = $both, undef, undef, undef);
    # Git waits for the other side: whoever has something to say, or closes its end, has gone.
    exit 128 if vec($ready, fileno(STDIN), 1);
    sysread($relay, $held, 65536, length $held) or return ();
    while (length $held >= 5) {
      my ($kind, $length) = unpack("CN", $held);
      return ($relay, $held, $said) if $kind == 0 && $length > 0;
      return () if $kind == 2 || length($said) > $most;
      last if length $held < 5 + $length;
      $said .= substr($held, 5, $length);
      substr($held, 0, 5 + $length) = "";
    }
  }
}

# Two processes, so that neither direction can hold up the other; the one that reads git ends when git closes its end.
# Neither holds what the other has of git, which hears then if one of them is killed.
sub join_git {
  my ($relay, $held, $said) = @_;
  defined(my $copier = fork) or fail("git-remote-$scheme: $!");
  if (!$copier) {
    close(STDOUT);
    close(STDERR);
    while (sysread(STDIN, my $bytes, 65536)) { put($relay, $bytes) or last }
    shutdown($relay, 1);
    exit 0;
  }
  close(STDIN);
  my ($status, $lives) = (undef, put(*STDERR, $said) && put(*STDOUT, "\n"));
  do {
    while ($lives && length $held >= 5) {
      my ($kind, $length) = unpack("CN", $held);
      last if length $held < 5 + $length;
      my $bytes = substr($held, 5, $length);
      substr($held, 0, 5 + $length) = "";
      if ($kind == 2) { $status = ord $bytes } else { $lives = put($kind ? *STDERR : *STDOUT, $bytes) }
    }
  } while ($lives && sysread($relay, $held, 65536, length $held));
  kill "TERM", $copier;
  waitpid($copier, 0);
  exit $status if defined $status;
  fail("the daemon's link to the peer ended in the middle: try again") if $lives;
  exit 128;
}

sub leave_to_node {
  my $node = $ENV{GIT_REMOTE_DAEMON_NODE} || "node";
  exec { $node } $node, "$here/helper.js", $scheme, $remote, $address, @_ or fail(
    "git-remote-$scheme needs Node, and $node does not start ($!): install it, or put it on PATH"
  );
}

fail("the remote " . (defined $remote ? $remote : "") . " has no URL") unless defined $address;
while (defined(my $line = line())) {
  if ($line eq "capabilities") { put(*STDOUT, "connect\n\n") or exit 128 }
  elsif ($line eq "") { exit 0 }
  elsif ($line =~ /^option /) { put(*STDOUT, "unsupported\n") or exit 128 }
  elsif ($line eq "connect git-upload-pack") {
    my ($path, @numbers) = door();
    leave_to_node("git-upload-pack") unless defined $path;
    # This perl knows no sockets.
    leave_to_node("git-upload-pack", $path) unless @numbers == 3;
    my @joined = eval {
      local $SIG{ALRM} = sub { die "nobody speaks\n" };
      alarm $patience;
      my @entered = enter($path, @numbers);
      alarm 0;
      @entered;
    };
    alarm 0;
    join_git(@joined) if @joined;
    leave_to_node("git-upload-pack");
  }
  elsif ($line eq "connect git-receive-pack") { leave_to_node("git-receive-pack") }
  # git says by itself then that it cannot have this.
  elsif ($line =~ /^connect /) { put(*STDOUT, "fallback\n") or exit 128 }
  else { fail("git says what git-remote-$scheme does not know") }
}
exit 0;
