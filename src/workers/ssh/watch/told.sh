#!/bin/sh
# Owns: the part of the watcher for servers that is told by inotifywait: gathering what is to be told for each pause.
# Leaves: whether it can be told (inotify.sh), telling (by-name.sh, whole.sh), and looking instead (looking.sh).

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

# $1: what it said.
go_deaf() {
  cannot_hear "$1"
  end_others
  watcher=
  tell_by_looking
}

tell_as_told() {
  heard=0
  not_before=0
  began=0
  ! may_go_by_name || by_name=yes
  # Where `read` knows no limit, the end of a program interrupts it (dash).
  limit='-t 5'
  # shellcheck disable=SC3045 # That is what is tried.
  printf 'x\n' | read -r -t 5 line 2>/dev/null || limit=
  [ -n "$limit" ] || trap : CHLD
  exec 5<&0
  symbolic='?'
  find_symbolic || symbolic='?'
  pause() { pause_with_mark; }
  # Not where a pipe is a socket (ksh), from which a line that comes as the time ends may be lost.
  (: >/proc/self/fd/5) 2>/dev/null || {
    by_name=
    pause() { pause_and_drain; }
  }
  while :; do
    if next; then
      take_all
    else
      look_after
      [ -z "$may_have_lost" ] || compare
      may_have_lost=
    fi
  done
}

# Reads a line; false: a few seconds have passed, or something has interrupted it.
next() {
  if [ -z "$limit" ] && ! is_running "$sleeper"; then
    sleep 5 >/dev/null &
    sleeper=$!
  fi
  line=
  # shellcheck disable=SC2086,SC2229 # An option and its value, or nothing.
  IFS= read -r $limit line && line=$part$line && part= && return
  # What has come of a line as the time ended.
  part=$part$line
  is_running "$watcher" && return 1
  [ "$by" != inotifywait ] || fail error 'inotifywait has ended'
  go_deaf
}

# It has ended also when nobody has waited for it yet.
is_running() {
  { read -r stat <"/proc/${1:-none}/stat"; } 2>/dev/null || return
  case $stat in *') '[ZX]*) false ;; esac
}

# Tells at once, and once more after a pause if more has come in it, until nothing has.
take_all() {
  heed
  more=yes
  while [ -n "$more" ]; do
    more=
    tell_gathered
    pause
  done
}

# The pause ends with a line behind all that has come in it.
pause_with_mark() {
  { pass_time && echo .; } >/proc/self/fd/5 &
  marking=$!
  while :; do
    if next; then
      [ "$line" != . ] || break
      more=yes
      heed
    else
      is_running "$marking" || break
    fi
  done
}

pause_and_drain() {
  pass_time
  may_have_lost=yes
  # shellcheck disable=SC3045 # Elsewhere nothing is drained, and more told.
  while IFS= read -r -t 0.01 line 2>/dev/null; do
    more=yes
    heed
  done
}

# A sleep that knows whole seconds only goes with a system that is looked at once a second.
pass_time() { sleep 0.05 2>/dev/null || sleep 1; }

# Once it was ready, inotifywait goes on where a new folder cannot be watched, and says so.
heed() {
  case ${line%% *} in
    *[!A-Z_,]*)
      # A folder that was gone at once; the end of a pause.
      case $line in *'No such file'* | .) ;; *) go_deaf "$line" ;; esac
      return
      ;;
  esac
  heard=$((heard + ${#line}))
  # It does not say that events were lost, but that happens only when its pipe was full.
  [ $heard -le 4000 ] || be_many
  file=${line#* ./}
  case $line in
    # In a new folder things happen before it is watched; what is made in its place is still empty.
    'CREATE ./refs/'* | 'CREATE,ISDIR ./refs/'*) new=$new$file$nl ;;
    'MOVED_TO ./refs/'*) add_name "$file" ;;
    'MOVED_FROM ./refs/'* | 'DELETE ./refs/'*) add_gone "$file" ;;
    'DELETE,ISDIR ./refs/'*) ;;
    # What it says of folders that have moved may be under their former names.
    MOVE*ISDIR* | MOVE_SELF*) give_up_names ;;
    *' ./HEAD')
      headed=yes
      whole=yes
      ;;
    *) whole=yes ;;
  esac
}

tell_gathered() {
  look_after
  look_into_new
  [ -n "$by_name" ] || be_many
  if [ "$symbolic" = '?' ] && [ -n "$names$gone" ] && ! find_symbolic; then
    symbolic='?'
    whole=yes
  fi
  # Where all are compared, these are found.
  [ -z "$whole" ] || ! is_listing "$known" || gone=
  tell_names
  heard=0
  many=
  [ -n "$whole" ] || return
  if is_too_soon; then
    more=yes
  else
    whole=
    compare
    set_time
  fi
}

# Once more after the pause.
look_into_new() {
  left=$new
  while [ -n "$left" ]; do
    look_into "${left%%"$nl"*}" add_name
    left=${left#*"$nl"}
  done
  left=$again
  while [ -n "$left" ]; do
    look_into "${left%%"$nl"*}" add_gone
    left=${left#*"$nl"}
  done
  again=$new
  new=
  [ -z "$again" ] || more=yes
}

# Listing that many takes no more than half of the time, and is not done twice within a second.
is_too_soon() {
  read_uptime || return
  began=$seconds
  ! is_listing "$known" && [ "$seconds" -lt "$not_before" ]
}

set_time() {
  ! read_uptime || not_before=$((seconds + seconds - began + 1))
}

# Sets `seconds`.
read_uptime() {
  { IFS=. read -r seconds rest </proc/uptime; } 2>/dev/null
}
