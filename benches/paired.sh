#!/bin/sh
# Whole processes against those of other programs, in one run: benches/paired.sh [TEXT]
#
# TEXT is the text of acpidump to list; without it one of about 650 KB is made from the sample machine.
# Wants hyperfine, and acpica-tools for the programs to compare with. Build first: cargo build --release
set -eu
cd "$(dirname "$0")/.."
acpihp=${ACPIHP:-${CARGO_TARGET_DIR:-target}/release/acpihp}
runs=${RUNS:-300}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

text=${1:-}
if [ -z "$text" ]; then
    text=$folder/text
    "$acpihp" dump --sample hotplug --format acpidump > "$folder/one"
    until [ -e "$text" ] && [ "$(wc -c < "$text")" -ge 650000 ]; do cat "$folder/one" >> "$text"; done
fi

compare() {
    echo "== $1"
    shift
    hyperfine -N --style none --warmup 20 --runs "$runs" --export-csv "$folder/csv" "$@" 2> /dev/null
    awk -F, 'NR > 1 { printf "%7.2f ms median %7.2f ms least  %s\n", $4 * 1000, $7 * 1000, $1 }' "$folder/csv"
}

compare "list $(wc -c < "$text") bytes of text" "$acpihp dump --from $text" "acpixtract -l $text"
compare "list this machine's tables" "$acpihp dump" "acpidump -s"
compare "start" "$acpihp --version" /bin/true
