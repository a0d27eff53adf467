#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a hub, a network and a cache may do to a download beside breaking it (fetch.sh): refusals in its own words, limits, lies about
# sizes and parts, redirects, odd names and settings; a damaged cache is mended.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"
cache=$hub_cache/models--org--tiny
sets=$hub_cache/datasets--org--plain

mkdir -p hub/models/org/tiny hub/datasets/org/plain/data
cp "$model"/* hub/models/org/tiny
head -c 100000 /dev/urandom >>hub/models/org/tiny/README.md
for part in 0 1 2; do for ((i = 0; i < 40; i++)); do printf '{"prompt":"row %d of %d","completion":"an answer"}\n' $i $part; done >hub/datasets/org/plain/data/train-0000$part-of-00003.jsonl; done
fetched() { ease fetch org/tiny --json -q >report.json; cmp -s "$cache"/snapshots/*/README.md hub/models/org/tiny/README.md || fail "$1: another file"; }

# A refusal is called gated only where the hub says so; else its own words are shown, and never the token.
hub refuse=403::"Please enable access to public repositories for hf_secret"
HF_TOKEN=hf_secret fails 1 org/tiny 403 enable HF_TOKEN -- ease fetch org/tiny -q
lacks gated hf_secret
hub refuse=403:GatedRepo:"Your request is awaiting a review"
fails 1 org/tiny gated awaiting "$HF_ENDPOINT/org/tiny" HF_TOKEN -- ease fetch org/tiny -q
hub refuse=403::page
fails 1 org/tiny 403 No entry -- ease fetch org/tiny -q
hub refuse=403::"Access to this resource is disabled."
fails 1 org/tiny disabled -- ease fetch org/tiny -q
hub refuse=401::"Invalid credentials in Authorization header"
HF_TOKEN=hf_old fails 1 org/tiny HF_TOKEN valid -- ease fetch org/tiny -q
lacks hf_old gated spelling
hub refuse=401::"Invalid username or password."
fails 1 org/tiny spelling HF_TOKEN -- ease fetch org/tiny -q
hub refuse=404:EntryNotFound:
fails 1 org/tiny spelling -- ease fetch org/tiny -q
hub refuse=418::
fails 1 org/tiny 418 HF_ENDPOINT -- ease fetch org/tiny -q

# It is asked again when it says, and not before.
hub limit=1
began=$(date +%s)
fetched limited
[ $(($(date +%s) - began)) -ge 4 ] || fail "the hub's limit was not waited for"
# Lists in pages without a host, compressed; a model that has another name by now; an endpoint with a slash behind it.
hub page=2 links gzip
fetched pages
hub renamed
HF_ENDPOINT=$HF_ENDPOINT/ ease fetch org/tiny.old -q >folder 2>said
cmp "$(cat folder)/README.md" hub/models/org/tiny/README.md
grep -q org/tiny said || fail "that it is called org/tiny now was not said: $(cat said)"
hub circle
fails 1 org/tiny redirects -- ease fetch org/tiny -q

# Sizes and parts that are not the listed ones: in terms of the name and the file.
for by in 7 -7; do
  hub bigger=$by
  fails 1 org/tiny -- ease fetch org/tiny -q
  lacks incomplete
  ! grep -q blobs err.txt || fail "a path of the cache is named: $(cat err.txt)"
  grep -qE 'README.md|model.safetensors|tokenizer' err.txt || fail "no file is named: $(cat err.txt)"
  [ -z "$(find "$cache/snapshots" -name README.md 2>/dev/null)" ] || fail "a wrong file was linked"
done
hub break=30000 once other-part
fetched "another part"
hub break=30000 other-part
fails 1 org/tiny part -- ease fetch org/tiny -q
# More than fits on any disk: what is needed, where, what is free, and the way out.
hub bigger=2000000000000000
fails 1 org/tiny TB "$hub_cache" HF_HOME -- ease fetch org/tiny -q
HF_HUB_CACHE=$hub_cache fails 1 org/tiny "$hub_cache" HF_HUB_CACHE -- ease fetch org/tiny -q

# A cache whose file was cut, or changed and of the same size, is mended by the command, and refused where it cannot be.
hub
fetched whole
blob=$(realpath "$cache"/snapshots/*/model.safetensors)
cp "$blob" sound
for damage in "truncate -s 1000" "sh -c 'printf X | dd of=\"\$0\" bs=1 seek=5000 conv=notrunc 2>/dev/null'"; do
  eval "$damage" "$blob"
  HF_HUB_OFFLINE=1 fails 1 org/tiny model.safetensors fetch HF_HUB_OFFLINE -- ease fetch org/tiny -q
  ease fetch org/tiny -q --json >report.json 2>said
  cmp "$blob" sound
  is report.json /mended 1
  grep -q org/tiny said || fail "it was mended in silence"
done
ease fetch org/tiny -q --json >report.json
is report.json /mended 0
ease fetch --dataset org/plain -q >files
printf X | dd of="$(head -1 files | xargs realpath)" bs=1 seek=5 conv=notrunc 2>/dev/null
ease fetch --dataset org/plain -q --json >report.json 2>said
is report.json /mended 1
cmp "$(head -1 files)" hub/datasets/org/plain/data/train-00000-of-00003.jsonl
# What is known is not written again: a cache may be one that can only be read.
before=$(find "$hub_cache" -not -name '*.lock' -printf '%p %i %T@\n' | sort)
ease fetch org/tiny -q >folder
ease fetch --dataset org/plain -q >files
find "$hub_cache" -not -name '*.lock' -printf '%p %i %T@\n' | sort >after
[ "$before" = "$(<after)" ] || fail "the cache was written to: $(diff - after <<<"$before")"

# A shard that is not there is named, of a data set and of a model; offline too.
mv hub/datasets/org/plain/data/train-00001-of-00003.jsonl second
rm -rf "$hub_cache"
fails 1 org/plain data/train-00001-of-00003.jsonl -- ease fetch --dataset org/plain -q
mv second hub/datasets/org/plain/data/train-00001-of-00003.jsonl
ease fetch --dataset org/plain -q >files
rm "$sets"/snapshots/*/data/train-00001-of-00003.jsonl "$sets"/trees/*.json
HF_HUB_OFFLINE=1 fails 1 org/plain data/train-00001-of-00003.jsonl HF_HUB_OFFLINE -- ease fetch --dataset org/plain -q
mkdir -p hub/models/org/half
cp hub/models/org/tiny/*.json hub/models/org/half
cp hub/models/org/tiny/model.safetensors hub/models/org/half/model-00002-of-00002.safetensors
fails 1 org/half model.safetensors.index.json model-00002-of-00002.safetensors -- ease fetch org/half -q
printf '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}' >hub/models/org/half/model.safetensors.index.json
fails 1 org/half model-00001-of-00002.safetensors -- ease fetch org/half -q

# Names with a space, a percent sign and letters beyond ASCII; settings as people have them.
odd='data/träin 100%25 a.jsonl'
mkdir -p hub/datasets/org/odd/data
cp hub/datasets/org/plain/data/train-00000-of-00003.jsonl "hub/datasets/org/odd/$odd"
ease fetch --dataset org/odd -q >files
cmp "$(cat files)" "hub/datasets/org/odd/$odd"
for no in "HF_TOKEN=hf secret" "HF_TOKEN=hf_sécret"; do env "$no" "$program" fetch org/tiny -q 2>said >/dev/null && fail "$no was taken"; grep -q HF_TOKEN said || fail "$(cat said)"; ! grep -q cret said || fail "the token stands in a message"; done
HF_TOKEN=$'hf_ri\nght\r\n' ease fetch org/tiny -q >folder
[ "$(asked 'hub .* token$')" -ge 1 ] || fail "the token was not sent"
HF_HUB_OFFLINE=maybe fails 1 HF_HUB_OFFLINE maybe -- ease fetch org/tiny -q
for yes in on Yes TRUE; do HF_HUB_OFFLINE=$yes silent "offline by $yes" ease fetch org/tiny -q >folder; done
HF_ENDPOINT=http://user:hf_secret@127.0.0.1:1 fails 1 HF_ENDPOINT HF_TOKEN -- ease fetch org/tiny -q
lacks hf_secret
no_hub
echo "ok"
