#!/bin/sh
# Owns: the part of the watcher for servers that looks once a second whether any ref may have moved.
# Leaves: comparing the refs then (whole.sh).

# shellcheck disable=SC2034,SC2154 # The texts around this one set and use the same names.

# Whoever is told that it is ready compares then, or fetches: where listing them is long, nothing is listed before.
get_ready_to_look() {
  choose_look
  last=$(look 2>/dev/null)
  owe
  if [ "$owed" -eq 1 ] && is_long; then
    known='?'
    owed=0
    pass_time
  else
    take_state
    known=$now
  fi
}

tell_by_looking() {
  while :; do
    seen=$(look 2>/dev/null)
    look_after
    # Nothing at all says that it could not look.
    if [ -z "$seen" ] || [ "$seen" != "$last" ]; then
      last=$seen
      owe
      # What moves while refs are compared then has another time than was seen.
      [ "$owed" -gt 1 ] || pass_time
    fi
    if [ "$owed" -gt 0 ]; then
      compare
      owed=$((owed - 1))
    fi
    wait_for 1
  done
}

# Sets `owed` to how often to compare, a second after each other: once where the first of the times that were seen has
# a fraction; or they may be as coarse as two seconds.
owe() {
  owed=3
  case ${last%%"$nl"*} in
    *.0000000*) ;;
    *.[0-9]*) owed=1 ;;
  esac
}

# A ref is written by renaming its lock: its folder is touched. Says nothing of files, so that it costs little.
choose_look() {
  if [ -n "$store" ] && [ ! -d "$store" ]; then
    look() { state; }
  elif find . -prune -printf x >/dev/null 2>&1; then
    look() { places -printf '%T@ %i %s %p\n'; }
  elif stat -c %i . >/dev/null 2>&1; then
    look() { places -exec stat -c '%y %Y %i %s %n' {} +; }
  elif stat -f %Fm . >/dev/null 2>&1; then
    look() { places -exec stat -f '%Fm %i %z %N' {} +; }
  else
    look() { state; }
  fi
}

# Links among them are followed, as git does it.
places() {
  find -L HEAD refs reftable packed-refs ${store:+"$store"} '(' -type d -o -name packed-refs -o -name HEAD ')' "$@"
}
