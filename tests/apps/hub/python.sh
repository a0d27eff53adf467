#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# python.sh PROGRAM TOOLS: the hub's own Python tools read the cache that `ease` leaves, and `ease` theirs, without a request; and
# `datasets` takes the same rows of the same repositories. The Python is $EASE_HUB_PYTHON or .deps/venv's, with huggingface_hub
# and datasets (pip install huggingface_hub datasets). Without them it is skipped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"
needs_python huggingface_hub datasets
export HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1 PYTHONDONTWRITEBYTECODE=1

mkdir -p hub/models/org/tiny hub/datasets/org/{plain/data,two/train,two/eval}
cp "$model"/* hub/models/org/tiny
for part in 0 1; do
  for ((i = 0; i < 60; i++)); do printf '{"prompt":"row %d of part %d","completion":"an answer"}\n' $i $part; done >hub/datasets/org/plain/data/train-0000$part-of-00002.jsonl
done
printf -- '---\nconfigs:\n- config_name: train\n  data_files:\n  - split: train\n    path: train/*\n  sep: "\\t"\n- config_name: eval\n  data_files:\n  - split: train\n    path: eval/*\n  sep: "\\t"\n---\n' >hub/datasets/org/two/README.md
printf 'prompt\tcompletion\nsay a\tx\nsay b\ty\n' | tee hub/datasets/org/two/train/train.tsv >hub/datasets/org/two/eval/eval.tsv
py() { "$python" -W ignore - "$@"; }
score() { ease score "$1" --model "${3:-$model}" --out "$2" --overwrite --json -q; }

# Ours, read by theirs.
hub
ease fetch org/tiny -q >model
ease fetch --dataset org/plain -q >files
before=$(wc -l <hub_log)
HF_HUB_OFFLINE=1 py "$(cat model)" "$(head -1 files)" <<'E2'
import sys
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download
assert snapshot_download("org/tiny", local_files_only=True) == sys.argv[1], "another snapshot of the model"
assert snapshot_download("org/plain", repo_type="dataset", local_files_only=True) in sys.argv[2], "another snapshot of the data set"
assert hf_hub_download("org/plain", "data/train-00000-of-00002.jsonl", repo_type="dataset", local_files_only=True) == sys.argv[2]
assert not scan_cache_dir().warnings, scan_cache_dir().warnings
assert {r.repo_id for r in scan_cache_dir().repos} == {"org/tiny", "org/plain"}
E2
[ "$(wc -l <hub_log)" = "$before" ] || fail "huggingface_hub asked for what ease had downloaded"

# Theirs, read by ours.
hub
py <<'E2'
from huggingface_hub import snapshot_download
snapshot_download("org/tiny")
snapshot_download("org/plain", repo_type="dataset")
snapshot_download("org/two", repo_type="dataset")
E2
silent "a cache of huggingface_hub" score org/plain rows.jsonl org/tiny >report.json
[ "$(rows rows.jsonl)" = 120 ] || fail "$(rows rows.jsonl) rows instead of 120"
HF_HUB_OFFLINE=1 silent "the same, offline" score org/two:eval rows.jsonl org/tiny >report.json
[ "$(rows rows.jsonl)" = 2 ] || fail "$(rows rows.jsonl) rows instead of 2"

# The rows that `datasets` takes are those that ease takes.
py >theirs.jsonl <<'E2'
import json
import datasets
datasets.disable_progress_bars()
for name, config in (("org/plain", None), ("org/two", "train"), ("org/two", "eval")):
    for row in datasets.load_dataset(name, config, split="train"):
        print(json.dumps({"prompt": row["prompt"], "completion": row["completion"]}))
E2
for name in org/plain org/two:train org/two:eval; do score $name part.jsonl >report.json && cat part.jsonl; done >ours.jsonl
diff <(value theirs.jsonl /prompt) <(value ours.jsonl /prompt) || fail "other rows than those of datasets"
no_hub
echo "ok"
