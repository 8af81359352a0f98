#!/bin/sh
# Owns: `git-annex-p2p-NETWORK` for the networks that are ours, by each of their names, as git-annex calls it.
# Leaves: what is then done (workers/peer/program). `npm` links to it, from anywhere.
at=$0
while [ -h "$at" ]; do
  to=$(readlink "$at") || break
  case $to in
    /*) at=$to ;;
    *) at=${at%/*}/$to ;;
  esac
done
node=${GIT_REMOTE_DAEMON_NODE:-node}
if ! command -v "$node" >/dev/null; then
  echo "${0##*/} needs Node, and there is no $node: install it, or put it on PATH" >&2
  exit 1
fi
exec "$node" "${at%/*}/network.js" "${0##*/git-annex-p2p-}" "$@"
