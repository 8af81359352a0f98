#!/bin/sh
# Owns: the part of the watcher for servers that is told by inotifywait: gathering what is to be told for each pause.
# Leaves: whether it can be told (inotify.sh), telling (by-name.sh, whole.sh), and looking instead (looking.sh).

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

# $1: what it said.
go_deaf() {
  cannot_hear "$1"
  end_others
  watcher=
  choose_look
  last=
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
  look_again() { :; }
  (: >/proc/self/fd/5) 2>/dev/null || be_deaf_at_times
  while :; do
    if next; then
      take_all
    else
      look_after
      look_again
    fi
  done
}

# Where a pipe is a socket (ksh), a line that comes as the time of `read` ends may be lost.
be_deaf_at_times() {
  by_name=
  pause() { pause_and_drain; }
  look_again() {
    seen=$(look 2>/dev/null)
    [ "$seen" = "$last" ] || compare
    last=$seen
  }
  choose_look
  last=$(look 2>/dev/null)
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
      has_missed "$line" || go_deaf "$line"
      return
      ;;
  esac
  heard=$((heard + ${#line}))
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
    # A new folder may be among what was lost, and nothing be heard of what moves in there.
    Q_OVERFLOW*) fail error 'inotifywait has lost events' ;;
    *' ./HEAD')
      headed=yes
      whole=yes
      ;;
    *) whole=yes ;;
  esac
}

# Whether it only missed a folder that was gone at once; or that is the end of a pause. $1: what it said.
has_missed() {
  case $1 in
    *'No such file'* | .) ;;
    # A file has come in the place of the folder, or of one in there: then the one around it is not watched either.
    *': Not a directory')
      folder=${1#* directory }
      [ ! -d "${folder%: Not*}" ] || fail error 'inotifywait has missed a folder'
      ;;
    *) false ;;
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
  began=$uptime
  ! is_listing "$known" && [ "$uptime" -lt "$not_before" ]
}

set_time() {
  read_uptime || return
  not_before=$((began + 100))
  [ $((uptime + uptime - began)) -le $not_before ] || not_before=$((uptime + uptime - began))
}

# Sets `uptime`, in hundredths of a second.
read_uptime() {
  { IFS='. ' read -r uptime rest left </proc/uptime; } 2>/dev/null || return
  # 08 would be no number.
  uptime=$((uptime * 100 + 1$rest - 100))
}
