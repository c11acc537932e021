# shellcheck shell=bash
# What the measurements have in common. Sourced by each, in the project's folder; it starts nothing by itself.
# A measured command's times go to $work/times.NAME, a line each: wall time and processor time in seconds.
# With BENCH_ROWS=FILE every figure is also written there: measurement, text, value, comparison, target, verdict, remark,
# between tabs. `run` makes its table of them.

# shellcheck disable=SC2034 # used by those who source it
cores=$(nproc)
# The exit status of a measurement that came to its end and missed a target; a command that fails makes it another one.
TARGET_MISSED=3
missed=0

# measure NAME COMMAND…: runs it and adds its times; what it printed is in $work/output and $work/errors.
measure() {
    local name=$1 start end TIMEFORMAT='%U %S'
    shift
    start=$EPOCHREALTIME
    { time "$@" >"$work/output" 2>"$work/errors"; } 2>"$work/time" || { cat "$work/errors" >&2; exit 2; }
    end=$EPOCHREALTIME
    awk -v wall=$((${end/[.,]/} - ${start/[.,]/})) '{ printf "%.6f %.3f\n", wall / 1e6, $1 + $2 }' "$work/time" >>"$work/times.$name"
}

# median NAME [COLUMN]: of wall time, or with 2 of processor time.
median() { cut -d' ' -f"${2:-1}" "$work/times.$1" | sort -g | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'; }
# spread NAME: the shortest and the longest wall time.
spread() { cut -d' ' -f1 "$work/times.$1" | sort -g | awk 'NR == 1 { least = $1 } END { printf "%.3f to %.3f s", least, $1 }'; }
# quotient A B [COLUMN [TIMES]]: of the medians.
quotient() {
    awk -v a="$(median "$1" "${3:-1}")" -v b="$(median "$2" "${3:-1}")" -v times="${4:-1}" 'BEGIN { printf "%.3f", a / b * times }'
}
# difference A B UNIT: of the medians of wall time, in units of so many seconds.
difference() { awk -v a="$(median "$1")" -v b="$(median "$2")" -v unit="$3" 'BEGIN { printf "%.3f", (a - b) / unit }'; }
# mib KIB
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f", kib / 1024 }'; }

# row TEXT VALUE COMPARISON TARGET VERDICT REMARK
row() {
    [ -z "${BENCH_ROWS:-}" ] || (IFS=$'\t'; printf '%s\n' "${0##*/}"$'\t'"$*") >>"$BENCH_ROWS"
}
# judge TEXT VALUE COMPARISON TARGET [REMARK]: a figure that is held against a target.
judge() {
    local verdict=ok
    awk "BEGIN { exit !($2 $3 $4) }" || { verdict=MISSED; missed=$TARGET_MISSED; }
    printf '%-52s %8.2f  %2s %5s %-8s%s\n' "$1" "$2" "$3" "$4" "$verdict" "${5:-}"
    row "$1" "$2" "$3" "$4" "$verdict" "${5:-}"
}
# figure TEXT VALUE [REMARK]: one without a target.
figure() {
    printf '%-52s %8.2f           %s\n' "$1" "$2" "${3:-}"
    row "$1" "$2" '' '' '' "${3:-}"
}
# not_measured TEXT REMARK: a figure that cannot be had here.
not_measured() {
    printf '%-52s not measured: %s\n' "$1" "$2"
    row "$1" '' '' '' 'not measured' "$2"
}
# times NAME…: a line for each.
times() {
    local name
    for name; do
        printf '%-18s wall %8.3f s (%s), processor %8.3f s\n' "$name" "$(median "$name")" "$(spread "$name")" "$(median "$name" 2)"
    done
}
# conditions TEXT: the line above the figures.
conditions() {
    echo "$1, $cores cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), load $(cut -d' ' -f1 /proc/loadavg)"
}
