#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command that works row by row, run in parts and merged, leaves what it leaves when it is run as a whole.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/shards/rows.sh"
serve "$tools/answering_server" 2
remote=openai:answers@$url
# Everything a command leaves in a folder, but for parts, and for journals, which stay where rows failed.
left() { (cd "$1" && find . -type f -not -name '*.shard-*' -not -name '*.journal' | LC_ALL=C sort | xargs -r sha256sum); }
# same COUNT COMMAND...: run whole and in COUNT parts; DIR stands for the folder of the outputs. Status 3 (rows in a side file) is
# no error, and the merge must end with it too.
same() {
  local count=$1 i status whole=0
  shift
  rm -rf whole parts && mkdir whole parts
  ease "${@//DIR/whole}" --json -q >whole.json || whole=$?
  [ $whole = 0 ] || [ $whole = 3 ] || fail "status $whole: $*"
  for ((i = count; i > 0; i--)); do
    status=0
    ease "${@//DIR/parts}" --json -q --shard $i/$count >part.txt || status=$?
    [ $status = 0 ] || [ $status = 3 ] || fail "status $status: $* --shard $i/$count"
    [ -z "$(left parts)" ] || fail "a part wrote under a name of the whole: $(ls parts)"
  done
  status=0
  ease merge "parts/$main" --json >merged.json || status=$?
  [ $status = $whole ] || fail "merge ends with $status and the whole command with $whole: $*"
  left whole >whole.sums
  left parts | diff whole.sums - || fail "$count parts differ from the whole: $*"
  [ -z "$(find parts -name '*.journal')" ] || [ $whole = 3 ] || fail "a journal is left: $(ls parts)"
  # The reports add up to that of the whole, too: rows, what was asked of servers, the table of `evaluate`.
  diff <(told whole.json) <(told merged.json) || fail "the report is another: $*"
}
# Of a report what does not tell the time or the order of the answers.
told() {
  local key
  for key in rows_in_file bad_rows read written rejected failed adds_up; do value "$1" /$key; done
  for key in stage in out rejected failed first_failure; do value "$1" "/stages/*/$key" || true; done
  for key in model requests retries answered failed from_journal prompt_tokens completion_tokens servers; do value "$1" "/remote/*/$key" || true; done
  for key in file name read given; do value "$1" "/inputs/*/$key"; done
  value "$1" /input
  value "$1" /verdicts || true
  for key in model name base; do value "$1" "/models/*/$key" || true; done
  value "$1" /details/scores || true
}
main=a.jsonl
for count in 1 2 7; do same $count diagnose rows.jsonl --model "$remote" --out DIR/a.jsonl --max-tokens 9 --temperature 0.5; done
main=a.jsonl.gz same 2 diagnose rows.jsonl --model "$remote" --out DIR/a.jsonl.gz --max-rows 31
cp whole/a.jsonl.gz answered.jsonl.gz
main=a.jsonl same 2 diagnose rows.jsonl --model "$remote" --out DIR/a.jsonl
cp whole/a.jsonl answered.jsonl
main=bad.jsonl same 2 guard-filter answered.jsonl --unsafe DIR/bad.jsonl --safe DIR/good.jsonl
[ -s whole/good.jsonl ] && [ -s whole/bad.jsonl ] || fail "the verdicts are all alike"
main=bad.jsonl same 2 guard-filter answered.jsonl --unsafe DIR/bad.jsonl
main=l.jsonl same 2 classify rows.jsonl --classifier generative --model "$remote" --out DIR/l.jsonl
main=c.jsonl same 2 cot rows.jsonl --model "$remote" --out DIR/c.jsonl --tries 1
[ -s whole/c.jsonl ] && [ -s whole/c.jsonl.rejects.jsonl ] || fail "all traces were taken, or none"
main=g.jsonl same 2 generate --input rows.jsonl --model "$remote" --out DIR/g.jsonl
main=e.jsonl same 2 evaluate rows.jsonl answered.jsonl --model "$remote" --answers DIR/e.jsonl --price-in 1000 --price-out 2000
for text in whole merged; do
  is $text.json /details/scores/jailbreak/rows 34
  is $text.json /details/scores/benign/rows 66
  value $text.json /remote/0/cost
done >costs.txt # 100 rows of 3 + 9 tokens
awk '{ exit !($1 > 2.0999 && $1 < 2.1001) }' costs.txt && [ "$(rows costs.txt)" = 2 ] || fail "costs: $(cat costs.txt)"
ease merge parts/e.jsonl --overwrite >table.txt
for class in jailbreak benign; do grep -qw $class table.txt || fail "merge prints no table: $(cat table.txt)"; done
main=s.jsonl same 2 score rows.jsonl --model "$model" --out DIR/s.jsonl
# Failed rows, bad rows, and a part without any row.
{ head -6 rows.jsonl; printf '{"prompt":7}\n{"prompt":"%s"}\n{"prompt"\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; tail -4 rows.jsonl; } >bad_rows.jsonl
main=a.jsonl same 3 diagnose bad_rows.jsonl --model "$model" --out DIR/a.jsonl --max-tokens 3 --precision float32 --on-bad-row reject \
  --bad-rows DIR/bad.jsonl
[ "$(rows whole/a.jsonl.failed.jsonl)" = 1 ] && [ "$(rows whole/bad.jsonl)" = 2 ] || fail "side files: $(ls whole)"
head -1 rows.jsonl >one.jsonl
main=a.jsonl same 2 diagnose one.jsonl --model "$remote" --out DIR/a.jsonl
[ "$(cat parts/a.shard-*.jsonl | wc -l)" = 1 ] && [ "$(ls parts/a.shard-*.jsonl | wc -l)" = 2 ] || fail "one row in two parts: $(ls parts)"
echo "ok"
