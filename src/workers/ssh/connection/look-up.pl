#!/usr/bin/perl
# Owns: printing the addresses of a host name, a line each, in the order of the system; status 2 where it has none.
# Leaves: when it is asked, and by whom (look-up.ts).
use Socket qw(getaddrinfo getnameinfo SOCK_STREAM NI_NUMERICHOST NIx_NOSERV);

my ($error, @found) = getaddrinfo($ARGV[0], "", { socktype => SOCK_STREAM });
exit 2 if $error;
for (@found) {
  my ($failed, $address) = getnameinfo($_->{addr}, NI_NUMERICHOST, NIx_NOSERV);
  print "$address\n" unless $failed;
}
