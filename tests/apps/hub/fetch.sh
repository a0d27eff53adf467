#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model of the hub, downloaded from one on loopback that breaks, redirects, refuses and lies.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"
cache=$hub_cache/models--org--tiny

mkdir -p hub/models/org/{tiny,gated,bare}
cp "$model"/* hub/models/org/tiny
head -c 3000000 /dev/urandom >>hub/models/org/tiny/README.md # a large one
echo pickled >hub/models/org/tiny/pytorch_model.bin
cp hub/models/org/tiny/* hub/models/org/gated
touch hub/models/org/gated/gated
cp hub/models/org/tiny/config.json hub/models/org/tiny/pytorch_model.bin hub/models/org/bare

whole() { # the snapshot is the repository, as far as programs read it
  local file
  for file in config.json tokenizer.json model.safetensors README.md; do
    cmp -s "$cache"/snapshots/*/$file hub/models/org/tiny/$file || fail "$file is not the one of the hub (${*})"
  done
  [ -z "$(find "$cache" -name '*.incomplete')" ] || fail "a part of a download is left (${*})"
}

hub
ease fetch org/tiny --json -q >report.json
whole plain
is report.json /model org/tiny
is report.json /commit "$(cat "$cache"/refs/main)"
[ ! -e "$cache"/snapshots/*/pytorch_model.bin ] || fail "pickled weights were downloaded"
before=$(wc -l <hub_log)
HF_HUB_OFFLINE=1 ease fetch org/tiny -q >folder
[ "$(wc -l <hub_log)" = "$before" ] || fail "offline, and it asked: $(tail -1 hub_log)"
# What is there is not downloaded again.
ease fetch org/tiny -q --json >again.json
is again.json /downloaded 0

# An answer that ends early is gone on with; one that knows no ranges begins anew; a busy hub is asked again; pages are followed.
hub break=700000
ease fetch org/tiny -q >folder
whole broken
[ "$(asked 'content .*bytes=')" -ge 4 ] || fail "it did not go on from what it had: $(cat hub_log)"
hub no-ranges busy=1 page=2
ease fetch org/tiny -q >folder
whole busy

# Killed at random instants, then run to its end: byte for byte the file, and what came is not asked for again.
hub slow=30000
kills=0
for ((i = 0; i < 20; i++)); do
  timeout -s KILL "0.$((RANDOM % 4 + 1))" "$program" fetch org/tiny -q >folder 2>/dev/null || kills=$((kills + 1))
done
[ "$kills" -ge 5 ] || fail "only $kills of 20 were killed"
ease fetch org/tiny -q >folder
whole killed
# Two at once download once.
hub slow=100000
ease fetch org/tiny -q >one &
ease fetch org/tiny -q >two
wait $!
whole two
[ "$(asked 'content .*README')" = 1 ] || fail "two processes downloaded twice: $(cat hub_log)"

# Another hash than the hub lists is refused, and nothing stays.
hub wrong
fails 1 hash hub -- ease fetch org/tiny -q
[ -z "$(find "$cache/snapshots" -name README.md)" ] || fail "a wrong file was linked"
# The token goes to the hub alone, and stands in no message.
hub
fails 1 org/gated gated HF_TOKEN -- ease fetch org/gated -q
HF_TOKEN=hf_right ease fetch org/gated -q >folder
[ "$(asked 'content .* token$')" = 0 ] && [ "$(asked 'hub .* token$')" -ge 3 ] || fail "the token went elsewhere: $(cat hub_log)"
! HF_TOKEN=hf_secret ease fetch org/none -q 2>message || fail "org/none was there"
! grep -q hf_secret message || fail "the token stands in a message"
fails 1 org/none spelling HF_TOKEN -- ease fetch org/none -q
mkdir -p hub/datasets/org/rows
printf '{"prompt":"a"}\n' >hub/datasets/org/rows/rows.jsonl
fails 1 org/rows --dataset -- ease fetch org/rows -q
# The option may stand apart from the name, as a switch does.
for line in "--dataset -q org/rows" "-q org/rows --dataset" "--dataset=org/rows -q"; do ease fetch $line >got.txt && grep -q rows.jsonl got.txt || fail "ease fetch $line: $(cat got.txt)"; done
# A file of the repository behind its name, as huggingface-cli takes it.
mkdir -p hub/datasets/org/rows/more
printf '{"prompt":"b"}\n' >hub/datasets/org/rows/more/b.jsonl
for line in "org/tiny pytorch_model.bin" "org/tiny@main pytorch_model.bin" "org/tiny pytorch_model.bin --revision main" "hf://org/tiny/pytorch_model.bin" \
  "models--org--tiny pytorch_model.bin"; do
  ease fetch $line -q >got.txt && cmp "$(<got.txt)" hub/models/org/tiny/pytorch_model.bin || fail "ease fetch $line: $(cat got.txt)"
done
for line in "--dataset org/rows more/b.jsonl" "org/rows more/b.jsonl --dataset" "org/rows more/b.jsonl --repo-type dataset" "org/rows more/*.jsonl --dataset"; do
  ease fetch $line -q >got.txt && cmp "$(<got.txt)" hub/datasets/org/rows/more/b.jsonl || fail "ease fetch $line: $(cat got.txt)"
done
fails 1 hf://org/tiny/none.bin -- ease fetch org/tiny none.bin -q
fails 2 hf://org/tiny/a.bin b.bin -- ease fetch hf://org/tiny/a.bin b.bin -q
fails 2 ../a.bin hf://ORG/NAME/FILE -- ease fetch org/tiny ../a.bin -q
# The path of a folder of the cache names what to write.
fails 2 org/tiny -- ease fetch "$cache" -q
fails 1 revision v9 -- ease fetch org/tiny@v9 -q
fails 1 org/bare safetensors -- ease fetch org/bare -q
fails 2 ORG/NAME -- ease fetch ./tiny -q
HF_HUB_OFFLINE=1 fails 1 HF_HUB_OFFLINE -- ease fetch org/tiny -q
no_hub
echo "ok"
