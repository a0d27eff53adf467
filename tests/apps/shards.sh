#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shards.sh PROGRAM MODEL SERVER: every command that works row by row, run in parts and merged, must leave what it leaves when it
# is run as a whole; parts that do not belong together are refused.
set -euo pipefail
ease=$1 model=$2 server=$3
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
unset RANK WORLD_SIZE SLURM_PROCID SLURM_NTASKS SLURM_ARRAY_TASK_ID OMPI_COMM_WORLD_RANK OMPI_COMM_WORLD_SIZE
serve "$server" 2
remote=openai:answers@$url

# 30 different prompts, some of them two and three times, all rows different in another key.
for ((i = 0; i < 50; i++)); do
  printf '{"prompt":"count to %d","class":"%s","completion":" One.","categories":["harassment"],"kept":[%d]}\n' \
    $((i * i % 30)) "$([ $((i % 3)) = 0 ] && echo jailbreak || echo benign)" $i
done >rows.jsonl

# Everything a command leaves in a folder, but for parts, and for journals, which stay where rows failed.
left() { (cd "$1" && find . -type f -not -name '*.shard-*' -not -name '*.journal' | LC_ALL=C sort | xargs -r sha256sum); }
# same COUNT COMMAND...: run whole and in COUNT parts; DIR stands for the folder of the outputs. Status 3 (rows in a side file) is
# no error, and the merge must end with it too.
same() {
  local count=$1 i status whole=0
  shift
  rm -rf whole parts && mkdir whole parts
  "$ease" "${@//DIR/whole}" --json -q >whole.txt || whole=$?
  [ $whole = 0 ] || [ $whole = 3 ] || fail "status $whole: $*"
  for ((i = count; i > 0; i--)); do
    status=0
    "$ease" "${@//DIR/parts}" --json -q --shard $i/$count >part.txt || status=$?
    [ $status = 0 ] || [ $status = 3 ] || fail "status $status: $* --shard $i/$count"
    [ -z "$(left parts)" ] || fail "a part wrote under a name of the whole: $(ls parts)"
  done
  status=0
  "$ease" merge "parts/$main" --json >merged.txt || status=$?
  [ $status = $whole ] || fail "merge ends with $status and the whole command with $whole: $*"
  left whole >whole.sums
  left parts | diff whole.sums - || fail "$count parts differ from the whole: $*"
  [ -z "$(find parts -name '*.journal')" ] || [ $whole = 3 ] || fail "a journal is left: $(ls parts)"
  # The reports add up to that of the whole, too: rows, what was asked of servers, the table of `evaluate`.
  local keys='"(rows_in_file|bad_rows|read|written|rejected|failed|in|out|adds_up|first_failure|model|requests|retries|answered'
  keys+='|from_journal|prompt_tokens|completion_tokens|url|troubles)":[^,]*'
  told() { sed 's/"settings":{[^}]*}//' "$1" | grep -oE "$keys"; }
  diff <(told whole.txt) <(told merged.txt) || fail "the report is another: $*"
  diff <(table_of whole.txt) <(table_of merged.txt) || fail "the table is another: $*"
}
table_of() { sed -n 's/.*"scores":\(.*}}\)}.*/\1/p' "$1"; }
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
[ "$(table_of whole.txt | grep -o '"rows":[0-9]*' | tr '\n' ' ')" = '"rows":34 "rows":66 ' ] || fail "no table: $(cat whole.txt)"
for text in whole merged; do grep -o '"cost":[0-9.]*' $text.txt | cut -d: -f2; done | tr '\n' ' ' >costs.txt # 100 rows of 3 + 9 tokens
awk '{ exit !($1 > 2.0999 && $1 < 2.1001 && $2 > 2.0999 && $2 < 2.1001) }' costs.txt || fail "costs: $(cat costs.txt)"
"$ease" merge parts/e.jsonl --overwrite | grep -q '^benign ' || fail "merge prints no table: $("$ease" merge parts/e.jsonl --overwrite)"
main=s.jsonl same 2 score rows.jsonl --model "$model" --out DIR/s.jsonl
# Failed rows, bad rows, and a part without any row.
{ head -6 rows.jsonl; printf '{"prompt":7}\n{"prompt":"%s"}\n{"prompt"\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; tail -4 rows.jsonl; } >bad_rows.jsonl
main=a.jsonl same 3 diagnose bad_rows.jsonl --model "$model" --out DIR/a.jsonl --max-tokens 3 --precision float32 --on-bad-row reject \
  --bad-rows DIR/bad.jsonl
[ "$(wc -l <whole/a.jsonl.failed.jsonl)" = 1 ] && [ "$(wc -l <whole/bad.jsonl)" = 2 ] || fail "side files: $(ls whole)"
head -1 rows.jsonl >one.jsonl
main=a.jsonl same 2 diagnose one.jsonl --model "$remote" --out DIR/a.jsonl
[ "$(cat parts/a.shard-*.jsonl | wc -l)" = 1 ] && [ "$(ls parts/a.shard-*.jsonl | wc -l)" = 2 ] || fail "one row in two parts: $(ls parts)"

# Numbers from the environment.
mkdir auto
diagnose() { "$ease" diagnose rows.jsonl --model "$remote" --out auto/a.jsonl -q "$@"; }
RANK=1 WORLD_SIZE=2 diagnose --shard auto >/dev/null
SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=2 diagnose --shard auto >/dev/null
"$ease" merge auto/a.jsonl >merged.txt
cmp answered.jsonl auto/a.jsonl
grep -q "^auto/a.jsonl: 50 rows" merged.txt || fail "merge said: $(cat merged.txt)"
says "write I/N" 1 diagnose --shard 3/2
says "write --shard I/N" 1 diagnose --shard auto
says "name all outputs in one" 1 "$ease" guard-filter answered.jsonl --unsafe auto/u.jsonl --safe s.jsonl --shard 1/2 -q
says "name a file for the rows" 1 "$ease" evaluate rows.jsonl --model "$remote" --shard 1/2 -q

# Parts that are missing, there twice, or of something else.
merge() { "$ease" merge merged.jsonl "$@"; }
part() { local to=$1; shift; mkdir -p "$to"; "$ease" diagnose "${input:-rows.jsonl}" --model "$remote" --out "$to/a.jsonl" -q "$@" >/dev/null; }
first=auto/a.shard-1-of-2.jsonl second=auto/a.shard-2-of-2.jsonl
says "1 of 2 parts are missing: 2" 1 merge $first
says "part 1/2 is there twice" 1 merge $first $second $first
part three --shard 1/3
says "the number of parts is 3 here and 2 there" 1 merge $second three/a.shard-1-of-3.jsonl
part seed --shard 1/2 --seed 7
says "--seed is 7 here and 42 there" 1 merge $second seed/a.shard-1-of-2.jsonl
head -49 rows.jsonl >fewer.jsonl
input=fewer.jsonl part fewer --shard 1/2
says "the input is 49 rows" 1 merge $second fewer/a.shard-1-of-2.jsonl
sed 's/"kept":\[9\]/"kept":[8]/' rows.jsonl >other.jsonl
input=other.jsonl part other --shard 1/2
says "the input is 50 rows" 1 merge $second other/a.shard-1-of-2.jsonl
mkdir foreign && cp auto/a.shard-*-of-2.jsonl* foreign/
sed -i 's/"details":{"remote":\[/&7,/' foreign/a.shard-2-of-2.jsonl.manifest
says "foreign/a.jsonl: what part 2 says of its models or its table cannot be read" 1 "$ease" merge foreign/a.jsonl
says "no shard is next to it" 1 "$ease" merge nowhere.jsonl
cp auto/a.shard-*-of-2.jsonl* three/
says "the number of parts is" 1 "$ease" merge three/a.jsonl
head -c 200 $first >cut && cp cut $first
says "is not what its manifest describes" 1 merge $first $second
[ ! -e merged.jsonl ] || fail "something was merged"

# A part that is killed goes on, and asks for nothing twice.
for ((i = 0; i < 400; i++)); do printf '{"prompt":"count to %d"}\n' $i; done >many.jsonl
mkdir killed
asked() { "$ease" diagnose many.jsonl --model "$remote" --out "$@" --max-in-flight 1 -q >/dev/null; }
asked killed/whole.jsonl
for part in 1 2; do
  tell "hold 20"
  "$ease" diagnose many.jsonl --model "$remote" --out killed/a.jsonl --max-in-flight 1 -q --shard $part/2 >/dev/null &
  running=$!
  journal=killed/a.shard-$part-of-2.jsonl.journal
  await $running one_is_held
  says "another process is using this" 1 "$ease" diagnose many.jsonl --model "$remote" --out killed/a.jsonl --shard $part/2 -q
  kill -KILL $running
  wait $running 2>/dev/null && fail "the part was through before it was killed"
  tell release
  [ ! -e killed/a.shard-$part-of-2.jsonl.manifest ] || fail "a killed part has a manifest"
  "$ease" diagnose many.jsonl --model "$remote" --out killed/a.jsonl --max-in-flight 1 -q --shard $part/2 --json >part.txt
  grep -qE '"from_journal":20[,}]' part.txt || fail "the 20 answers that were had are not those of the journal: $(cat part.txt)"
  [ ! -e $journal ] || fail "the journal stayed"
done
"$ease" merge killed/a.jsonl >/dev/null
cmp killed/whole.jsonl killed/a.jsonl
echo "ok"
