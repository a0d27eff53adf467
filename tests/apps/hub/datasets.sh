#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A data set by its name on the hub, wherever a command reads rows: the split's files and no others are downloaded, once.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"

# line COUNT TEXT: so many rows.
lines() { local i; for ((i = 0; i < $1; i++)); do printf '{"prompt":"%s %d","completion":"answer %d to it"}\n' "$2" "$i" "$i"; done; }
sets=hub/datasets/org
mkdir -p $sets/{plain/data,two/train,two/eval,gated,parquet/data,mixed}
lines 60 first >$sets/plain/data/train-00000-of-00002.jsonl # a large one, and one that is not
lines 2 second >$sets/plain/data/train-00001-of-00002.jsonl
lines 3 test | gzip -n >$sets/plain/data/test-00000-of-00001.jsonl.gz
head -c 2000000 /dev/urandom >$sets/plain/weights.bin
printf -- '---\nlicense: odc-by\nconfigs:\n- config_name: train\n  data_files:\n  - split: train\n    path: train/*\n  sep: "\\t"\n- config_name: eval\n  data_files:\n  - split: train\n    path: eval/*\n  sep: "\\t"\n---\n# Two\n' >$sets/two/README.md
printf 'prompt\tclass\nsay a\tx\nsay b\ty\n' | tee $sets/two/train/train.tsv >$sets/two/eval/eval.tsv
lines 5 gated >$sets/gated/train.jsonl
touch $sets/gated/gated
cp "$apps/../fixtures/io/parquet/bad_rows.parquet" $sets/parquet/data/train-00000-of-00001.parquet
lines 2 one >$sets/mixed/train.jsonl
lines 2 two >$sets/mixed/valid.jsonl
cat $sets/plain/data/train-*.jsonl >whole.jsonl
plain=$hub_cache/datasets--org--plain
score() { ease score "$1" --model "$model" --out "$2" --overwrite --json -q "${@:3}"; }

hub
score whole.jsonl scored.jsonl >file.json
score org/plain named.jsonl >named.json
cmp scored.jsonl named.jsonl
commit=$(cat "$plain/refs/main")
[[ $(value named.json /input) == "org/plain@$commit:default/train (train-00000-of-00002.jsonl, train-00001-of-00002.jsonl)"* ]] || fail "the input is $(value named.json /input)"
[ "$(asked weights.bin)" = 0 ] && [ "$(asked test-0000)" = 0 ] || fail "other files of the repository were downloaded: $(cat hub_log)"
silent "a cached data set" score org/plain again.jsonl >again.json
cmp scored.jsonl again.jsonl
HF_HUB_OFFLINE=1 silent "an offline machine" score org/plain@main again.jsonl >again.json
silent "its commit" score "org/plain@$commit:default/train" again.jsonl >again.json
score "org/plain:default/test?max_rows=2" test.jsonl >test.json
[ "$(rows test.jsonl)" = 2 ] || fail "the split test has $(rows test.jsonl) rows instead of 2"
# A mix, with counts behind names; what is held out by its name is not in it.
ease mix --component a=org/plain:7 --component b=org/mixed:default/validation --held-out org/mixed --out mixed.jsonl --json -q >mix.json
[ "$(rows mixed.jsonl)" = 9 ] || fail "the mix has $(rows mixed.jsonl) rows instead of 9"
# Rejected rows stand beside the output.
printf '{"prompt":"a","completion":"b"}\n{"prompt":3}\n' >$sets/mixed/test.jsonl
rm -rf "$HF_HOME/hub"
score org/mixed:default/test rejected.jsonl --on-bad-row reject >rejected.json || [ $? = 3 ]
[ -e rejected.jsonl.bad.jsonl ] || fail "no file of bad rows: $(ls)"
# A path that exists wins.
mkdir -p org && lines 1 mine >org/plain
silent "a file of that name" score org/plain path.jsonl >path.json
[ "$(rows path.jsonl)" = 1 ] || fail "the file of that name was not read"
rm -r org

# What was not said and cannot be known is listed as it can be written.
fails 2 org/two org/two:train org/two:eval -- score org/two o.jsonl
fails 2 org/two:other org/two:train -- score org/two:other o.jsonl
fails 2 org/two:train/test org/two:train/train -- score org/two:train/test o.jsonl
ease diagnose org/two:train --model "$model" --max-tokens 2 --out two.jsonl -q 2>said >/dev/null
[ ! -s said ] || fail "it said: $(cat said)"
if has_parquet; then # by their place in the file, without a completion
  fails 1 org/parquet data/train-00000-of-00001.parquet completion -- score org/parquet o.jsonl
else
  fails 1 org/parquet Parquet data/train-00000-of-00001.parquet script/bootstrap -- score org/parquet o.jsonl
fi
fails 1 org/none "$HF_ENDPOINT" HF_TOKEN -- score org/none o.jsonl
fails 1 org/gated gated HF_TOKEN -- score org/gated o.jsonl
HF_TOKEN=hf_right score org/gated gated.jsonl >gated.json
[ "$(asked 'content .* token$')" = 0 ] || fail "the token went elsewhere: $(cat hub_log)"
others=fetch HF_HUB_OFFLINE=1 fails 1 org/plain@v9 HF_HUB_OFFLINE -- score org/plain@v9 o.jsonl
before=$(wc -l <hub_log)
fails 1 org/plain.jsonl -- score org/plain.jsonl o.jsonl
[ "$(wc -l <hub_log)" = "$before" ] || fail "a misspelt path was asked for"
[ ! -e o.jsonl ] || fail "an output appeared although the command failed"

# `ease fetch` does just that, and says where.
hub
ease fetch --dataset org/plain:default/test -q >fetched
cmp "$(cat fetched)" $sets/plain/data/test-00000-of-00001.jsonl.gz
ease fetch org/plain --repo-type dataset --json -q >fetched.json
is fetched.json /dataset org/plain
is fetched.json /commit "$(cat "$plain/refs/main")"
[ "$(asked weights.bin)" = 0 ] || fail "fetch downloaded other files"
fails 2 --dataset -- ease fetch -q

# Killed at random instants, then run to its end; two at once download once; a wrong hash leaves nothing.
hub slow=200
for ((i = 0; i < 20; i++)); do timeout -s KILL "0.$((RANDOM % 4 + 1))" "$program" fetch -d org/plain -q >folder 2>/dev/null || true; done
ease fetch -d org/plain -q >files
while read -r file; do cmp "$file" $sets/plain/data/"$(basename "$file")"; done <files
[ "$(rows files)" = 2 ] && [ -z "$(find "$plain" -name '*.incomplete')" ] || fail "the killed download left $(cat files)"
hub slow=100
ease fetch -d org/plain -q >one &
ease fetch -d org/plain -q >two
wait $!
[ "$(asked 'content .*train-00000')" = 1 ] || fail "two processes downloaded twice: $(cat hub_log)"
hub wrong
fails 1 hash hub -- score org/plain o.jsonl
# Listings that lead outside, and long ones.
hub steps-out
fails 1 org/plain HF_ENDPOINT -- score org/plain o.jsonl
hub many=20000 page=5000
score org/plain many.jsonl >many.json
cmp scored.jsonl many.jsonl
no_hub
echo "ok"
