#!/bin/sh
# Owns: the part of the watcher for servers that ends what an earlier link of the same client has left running there.
# Leaves: the rest of it (server-watch.sh, which comes behind this text), and who has which mark (server-watch-script.ts).

# $1: the mark of the client and the remote, which each of its watchers was started with: `sh -s MARK`. A server learns
# only after hours that a client which has changed its network is gone. Where there is no ps, nothing is ended. Nor is
# what another user runs, who may have read the mark.
end_predecessor() {
  left=$({ ps -A -o pid= -o ppid= -o uid= -o args= || ps -o pid= -o ppid= -o user= -o args=; } 2>/dev/null |
    awk -v own=$$ -v mark="$1" '
      { above[$1] = $2; user[$1] = $3 }
      $4 ~ /sh$/ && $5 == "-s" && $6 == mark { marked[$1] = 1 }
      # Those below it are looked for too: what only writes to it would be there until it writes.
      function is_left(pid, steps, found) {
        for (steps = 0; pid in above && steps < 99; steps++) {
          if (pid == own) return 0
          if (user[pid] == user[own] && pid in marked) found = 1
          pid = above[pid]
        }
        return found
      }
      END { for (pid in above) if (user[pid] == user[own] && is_left(pid)) print pid }')
  # shellcheck disable=SC2086 # They are numbers.
  [ -z "$left" ] || kill $left
}
