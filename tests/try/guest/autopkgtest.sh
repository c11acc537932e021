# shellcheck shell=bash
# Sourced by life.sh: the tests of a source package, as debian/tests/plan lists them (try.d/plan.py), by the rules of autopkgtest's
# README.package-tests, as far as a machine without init and network allows. What it cannot give is named, and the test left out.

# run_tests SOURCE
run_tests() {
  local source=/var/tmp/source path restrictions lacking
  # With its labels.
  cp -a "$1" $source
  while read -r path restrictions; do
    lacking=$(not_here "$restrictions")
    if [[ $lacking ]]; then
      echo "# test ${path##*/} is left out: it asks for $lacking, which this machine does not have"
    else
      step "test ${path##*/}" run_test $source "$path" "$restrictions"
    fi
  done <$source/debian/tests/plan
  rm -rf $source
}

# not_here RESTRICTIONS: the first one that asks for something this machine does not have.
not_here() {
  local word
  for word in $1; do
    case $word in
      needs-root | allow-stderr | skippable | flaky | superficial | breaks-testbed | rw-build-tree | skip-foreign-architecture) ;;
      *) echo "$word" && return ;;
    esac
  done
}

# run_test SOURCE PATH RESTRICTIONS: what it says on stderr is a failure unless it may; 77 is not, if it may.
run_test() {
  local path=$2 restrictions=" $3 " folder status=0
  folder=$(mktemp -d /var/tmp/test.XXXXXX)
  mkdir "$folder"/{tmp,artifacts}
  (
    cd "$1" || exit 2
    export AUTOPKGTEST_TMP=$folder/tmp AUTOPKGTEST_ARTIFACTS=$folder/artifacts ADTTMP=$folder/tmp
    exec "./$path" </dev/null >"$folder/out" 2>"$folder/err"
  ) || status=$?
  cat "$folder/out" "$folder/err"
  if ((status == 77)) && [[ $restrictions == *' skippable '* ]]; then
    status=0
  elif ((status == 0)) && [[ -s $folder/err && $restrictions != *' allow-stderr '* ]]; then
    echo "it ended well, but wrote to stderr"
    status=1
  fi
  rm -rf "$folder"
  if ((status)) && [[ $restrictions == *' flaky '* ]]; then
    echo "# ${path##*/} failed ($status), and is flaky" >&3
    status=0
  fi
  return "$status"
}
