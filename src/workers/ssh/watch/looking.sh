#!/bin/sh
# Owns: the part of the watcher for servers that looks once a second whether any ref may have moved.
# Leaves: comparing the refs then (whole.sh).

tell_by_looking() {
  choose_look
  last=
  still=0
  while :; do
    seen=$(look 2>/dev/null)
    # Nothing at all says that it could not look.
    [ -n "$seen" ] && [ "$seen" = "$last" ] && is_in_place && keeps_format && still=$((still + 1)) || still=0
    last=$seen
    # Twice more, as times may be as coarse as two seconds.
    look_after
    [ $still -gt 2 ] || compare
    wait_for 1
  done
}

# A ref is written by renaming its lock: its folder is touched. Says nothing of files, so that it costs little.
choose_look() {
  if [ -n "$store" ] && [ ! -d "$store" ]; then
    look() { state; }
  elif find . -prune -printf x >/dev/null 2>&1; then
    look() { places -printf '%p %i %T@ %s\n'; }
  elif stat -c %i . >/dev/null 2>&1; then
    look() { places -exec stat -c '%n %i %y %Y %s' {} +; }
  elif stat -f %Fm . >/dev/null 2>&1; then
    look() { places -exec stat -f '%N %i %Fm %z' {} +; }
  else
    look() { state; }
  fi
}

# Links among them are followed, as git does it.
places() {
  find -L HEAD refs reftable packed-refs ${store:+"$store"} '(' -type d -o -name packed-refs -o -name HEAD ')' "$@"
}
