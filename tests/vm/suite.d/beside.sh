# shellcheck shell=bash disable=SC2154 # the variables are suite's
# Sourced by suite: groups beside each other, one for each processor, and what several of them need, made once.

# Groups that use every processor themselves, or measure: they run by themselves, last.
alone=(powercut flood)
is_alone() { [[ " ${alone[*]} " == *" $1 "* ]]; }

# run_groups GROUP…: runs them all; failed_groups then prints those that failed.
run_groups() {
  local group by_itself=()
  mkdir "$work/failed"
  for group; do
    if (($# == 1)) || is_alone "$group"; then
      by_itself+=("$group")
    else
      beside in_one_piece "$work/$group.output" run_group "$group"
    fi
  done
  wait
  for group in "${by_itself[@]}"; do run_group "$group"; done
}

# run_group GROUP: $work/failed/GROUP is there afterwards if it failed.
run_group() {
  local start=$SECONDS status mnt=$work/$1.mnt
  note "$1"
  mkdir -p "$mnt"
  # Not in a condition: bash would ignore `set -e` within.
  set +e
  (set -e && "group_$1")
  status=$?
  set -e
  note "$1: $((SECONDS - start)) s"
  ((status == 0)) || touch "$work/failed/$1"
}
failed_groups() { ls "$work/failed"; }

# once NAME COMMAND…: afterwards COMMAND has been run, by this group or by another one.
once() {
  local name=$1
  shift
  (
    flock 8
    if [[ ! -e $work/$name.made ]]; then
      "$@"
      touch "$work/$name.made"
    fi
  ) 8>"$work/$name.lock"
}
