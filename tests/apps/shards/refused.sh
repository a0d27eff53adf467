#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Parts take their numbers from the environment too; parts that are missing, there twice or of something else are refused.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/shards/rows.sh"
serve "$tools/answering_server" 2
remote=openai:answers@$url
# Numbers from the environment.
mkdir auto
ease diagnose rows.jsonl --model "$remote" --out whole.jsonl -q >/dev/null
diagnose() { ease diagnose rows.jsonl --model "$remote" --out auto/a.jsonl -q "$@"; }
RANK=1 WORLD_SIZE=2 diagnose --shard auto >/dev/null
SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=2 diagnose --shard auto >/dev/null
ease merge auto/a.jsonl >merged.txt
cmp whole.jsonl auto/a.jsonl
for name in auto/a.jsonl 50; do names $name "$(<merged.txt)" || fail "merge said: $(cat merged.txt)"; done
fails 2 --shard 3/2 I/N auto -- diagnose --shard 3/2
fails 2 --shard RANK WORLD_SIZE SLURM_ARRAY_TASK_ID I/N -- diagnose --shard auto
fails 2 --shard auto/u.jsonl s.jsonl -- ease guard-filter whole.jsonl --unsafe auto/u.jsonl --safe s.jsonl --shard 1/2 -q
fails 2 --shard -- ease evaluate rows.jsonl --model "$remote" --shard 1/2 -q

# Parts that are missing, there twice, or of something else.
merge() { ease merge merged.jsonl "$@"; }
part() { local to=$1; shift; mkdir -p "$to"; ease diagnose "${input:-rows.jsonl}" --model "$remote" --out "$to/a.jsonl" -q "$@" >/dev/null; }
first=auto/a.shard-1-of-2.jsonl second=auto/a.shard-2-of-2.jsonl
fails 1 1 2 -- merge $first
fails 1 1/2 $first.manifest -- merge $first $second $first
part three --shard 1/3
fails 1 three/a.shard-1-of-3.jsonl.manifest $second.manifest 3 2 -- merge $second three/a.shard-1-of-3.jsonl
part seed --shard 1/2 --seed 7
others=diagnose fails 1 seed/a.shard-1-of-2.jsonl.manifest $second.manifest --seed 7 42 -- merge $second seed/a.shard-1-of-2.jsonl
head -49 rows.jsonl >fewer.jsonl
input=fewer.jsonl part fewer --shard 1/2
fails 1 fewer/a.shard-1-of-2.jsonl.manifest $second.manifest 49 50 -- merge $second fewer/a.shard-1-of-2.jsonl
sed 's/"kept":\[9\]/"kept":[8]/' rows.jsonl >other.jsonl
input=other.jsonl part other --shard 1/2
fails 1 other/a.shard-1-of-2.jsonl.manifest $second.manifest 50 -- merge $second other/a.shard-1-of-2.jsonl
mkdir foreign && cp auto/a.shard-*-of-2.jsonl* foreign/
sed -i 's/"details":{"remote":\[/&7,/' foreign/a.shard-2-of-2.jsonl.manifest
fails 1 foreign/a.jsonl 2 object number -- ease merge foreign/a.jsonl
fails 1 nowhere.jsonl nowhere.shard-1-of-2.jsonl.manifest -- ease merge nowhere.jsonl
cp auto/a.shard-*-of-2.jsonl* three/
fails 1 three/a.shard-1-of-3.jsonl.manifest three/a.shard-1-of-2.jsonl.manifest 3 2 -- ease merge three/a.jsonl
head -c 200 $first >torn && cp torn $first
fails 1 $first -- merge $first $second
[ ! -e merged.jsonl ] || fail "something was merged"
echo "ok"
