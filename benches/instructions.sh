#!/usr/bin/env bash
# Gates the speed of the engine by instructions a payment, never by wall time:
# benches/instructions.sh HUTONG FOLDER
#
# A run of the small scenario is counted under callgrind at two lengths. The difference of the
# instructions over the difference of the payments leaves out start-up, loading and the report.
# It is compared with benches/instructions.limit: more than the limit fails; a tenth less asks for
# a new limit. A compiler of another version moves the count by a few per cent, so renew the limit
# together with the compiler.
set -euo pipefail
hutong="$1"
folder="$2"
here="$(dirname "$0")"
limit="$(grep -v '^#' "$here/instructions.limit")"
mkdir -p "$folder"

# count SECONDS: instructions and payments of one run, on one line.
count() {
    local out="$folder/callgrind.$1" told="$folder/run.$1.json"
    valgrind --tool=callgrind --callgrind-out-file="$out" "$hutong" run "$here/../scenarios/ci-small.toml" \
        --fresh --jobs 1 --progress none --format json --out "$folder/reports" \
        --set "horizon=$1s" --set "threshold=[]" --replications 1 --policy interconnected \
        >"$told" 2>"$folder/valgrind.$1.log"
    echo "$(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$out" | tail -n 1)" \
        "$(sed -n 's/.*"payments": \([0-9]*\).*/\1/p' "$told" | head -n 1)"
}

read -r short_instructions short_payments < <(count 20)
read -r long_instructions long_payments < <(count 80)
instructions=$((long_instructions - short_instructions))
payments=$((long_payments - short_payments))
[ "$payments" -gt 1000 ] || { echo "only $payments payments: nothing to count"; exit 1; }
observed=$((instructions / payments))
echo "instructions a payment: limit $limit, observed $observed ($payments payments)"
if [ "$observed" -gt "$limit" ]; then
    echo "the engine has become slower; this shows it again: benches/instructions.sh $hutong $folder"
    exit 1
fi
if [ "$observed" -lt $((limit * 9 / 10)) ]; then
    echo "the engine has become faster: lower benches/instructions.limit to $((observed * 103 / 100))"
fi
