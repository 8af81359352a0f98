#!/bin/sh
# Owns: what git runs for a URL that begins with p2p-annex:: or tor-annex::, by either name: finds what is quickest here.
# Leaves: what is then done (helper.pl, and workers/peer/helper where there is no perl). `npm` links to it, from anywhere.
at=$0
while [ -h "$at" ]; do
  to=$(readlink "$at") || break
  case $to in
    /*) at=$to ;;
    *) at=${at%/*}/$to ;;
  esac
done
here=${at%/*}
scheme=${0##*/git-remote-}
if command -v perl >/dev/null; then
  # Without -C0, PERL_UNICODE may make text of what are bytes.
  exec perl -C0 "$here/helper.pl" "$here" "$scheme" "$@"
fi
node=${GIT_REMOTE_DAEMON_NODE:-node}
if ! command -v "$node" >/dev/null; then
  echo "fatal: git-remote-$scheme needs Node, and there is no $node: install it, or put it on PATH" >&2
  exit 128
fi
exec "$node" "$here/helper.js" "$scheme" "$@"
