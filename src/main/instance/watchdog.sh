#!/bin/sh
# Owns: the end of a daemon that does not end: SIGKILL when its time is over, and the end of the git operations it left.
# Leaves: starting this (watchdog.ts), and all else that such an end leaves behind (the next start).
#
# Arguments: the daemon's pid, its start time as field 22 of /proc/PID/stat (empty: there is no /proc), the seconds it
# has, and its `running` file. It leads a process group, and the daemon alone holds the other end of its input: when that
# ends, the daemon has.

started() {
  stat=
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null
  # Its name, in parentheses, may hold anything.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ $# -ge 20 ] || return 0
  shift 19
  echo "$1"
}

is_same() {
  [ -z "$2" ] || [ "$(started "$1")" = "$2" ]
}

end_groups() {
  { [ -f "$2" ] && [ ! -L "$2" ]; } || return 0
  while read -r group start; do
    # The start time comes behind which boot it was.
    case $group in '' | 0* | 1 | *[!0-9]*) continue ;; esac
    [ "$(started "$group")" = "${start##*.}" ] && kill -s "$1" -- "-$group"
  done <"$2"
}

# Where it ended by itself in time, all of this goes with it.
exec 3<&0
(
  read -r _ <&3
  kill -s KILL 0
) &
reader=$!

# Some sleep whole seconds only.
sleep "$3" || sleep "${3%%.*}" || exit 1
kill -s KILL "$reader"
is_same "$1" "$2" || exit 0
kill -s KILL "$1"
[ -n "$2" ] || exit 0
end_groups TERM "$4"
sleep 1
end_groups KILL "$4"
