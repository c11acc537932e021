# shellcheck shell=bash disable=SC2154 # the options are variables of run
# Sourced by run: reads what the machine says until the last script has ended, and judges it.
# A machine that dies, hangs, or stops talking is an error of its own and never a pass.

# follow WORK SCRIPT…: prints the scripts' output and returns run's exit code. Uses run's timeout, cut_after and cut_on.
follow() {
  local work=$1 nonce line verb name code start now wait_until cut_at=0 failed=0 last_code=0 started=0 current='' bad=0 good=0 begun ended
  shift
  nonce=$(<"$work/nonce")
  start=$(now_ms)
  wait_until=$((start + timeout * 1000))
  [[ $cut_after && ! $cut_on ]] && cut_at=$((start + ${cut_after%.*} * 1000))
  exec 4<"$work/console"
  while true; do
    now=$(now_ms)
    if ((cut_at && now >= cut_at)); then
      stop_machine
      note "cut after $(((now - start) / 1000)) s${current:+, in $current}"
      return 0
    fi
    if ((now >= wait_until)); then
      lost "no end after $timeout s" "$current" "$work"
      return 2
    fi
    line='' ended=0
    IFS= read -r -t "$(seconds $(((cut_at && cut_at < wait_until ? cut_at : wait_until) - now)))" -u 4 line || ended=$?
    # Above 128: the time was over, which the tests above will see.
    ((ended > 128)) && continue
    if ((ended)); then
      lost "the machine died" "$current" "$work"
      return 2
    fi
    now=$(now_ms)
    if [[ $cut_on && ! $cut_at -gt 0 && $line =~ $cut_on ]]; then cut_at=$((now + ${cut_after:-0} * 1000 + 1)); fi
    if [[ $line != "$nonce "* ]]; then
      printf '%s\n' "$line"
      case $line in 'not ok '*) ((++bad)) ;; 'ok '*) ((++good)) ;; esac
      continue
    fi
    read -r _ verb name code <<<"$line"
    case $verb in
      begin)
        ((started++)) || note "the machine is up after $(seconds $((now - start))) s"
        current=$name begun=$now good=0 bad=0
        ;;
      end)
        note "$name: exit $code, $good ok, $bad not ok, $(seconds $((now - begun))) s"
        last_code=$code current=''
        ((code == 0 && bad == 0)) || ((++failed))
        ((bad == 0 || last_code)) || last_code=1
        ;;
      done) break ;;
    esac
  done
  ((started == $#)) || { note "only $started of $# scripts were run" && return 2; }
  [[ ! $cut_after$cut_on ]] || { note "it ended before the cut" && return 3; }
  ((failed == 0)) && return 0
  (($# == 1)) && return "$last_code"
  return 1
}

now_ms() {
  echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

seconds() {
  printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
}

# One line that says how the machine was lost, with the last words of the kernel or of QEMU.
lost() {
  local what=$1 current=$2 work=$3 words
  words=$(grep -aoE '(Kernel panic|BUG:|Oops:|Out of memory).*' "$work/kernel.log" | tail -n1 || true)
  [[ $words ]] || words=$(tail -n1 "$work/qemu.err")
  [[ $words ]] || words=$(tail -n1 "$work/kernel.log" 2>/dev/null | tr -d '\r')
  note "$what${current:+ in $current}: ${words:-no word of the kernel}"
}
