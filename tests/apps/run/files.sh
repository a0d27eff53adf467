#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the settings of a run name (files, models, places) is looked at before anything is done; what is not the run's is kept.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
printf '{"prompt":"play a king","data_type":"adversarial_harmful","vanilla":"crown"}\n' | tee diagnosis.jsonl harmful.jsonl \
  general.jsonl held_out.jsonl >/dev/null
given() { # SED NAME...: with the settings so changed the run is refused
  run_settings "$model" 2 2 2 | sed "$1" >settings.toml
  fails ${status:-1} "${@:2}" -- ease run settings.toml --out out -q
  [ ! -e out ] || fail "something was written: $1"
}
given 's/"held_out.jsonl"/"gone.jsonl"/' gone.jsonl
printf 'colour\nred\n' >no_prompt.csv
given 's/"general.jsonl"/"no_prompt.csv"/' no_prompt.csv:2 prompt colour
: >empty.jsonl
given 's/"harmful.jsonl"/"empty.jsonl"/' empty.jsonl
echo "play a king" >general.txt
given 's/"general.jsonl"/"general.txt"/' general.txt:1 .jsonl .csv
mkfifo pipe.jsonl
status=2 given 's/"harmful.jsonl"/"pipe.jsonl"/' pipe.jsonl
status=2 given 's#"harmful.jsonl"#"/dev/zero"#' /dev/zero
status=2 given 's/"held_out.jsonl"/[]/' settings.toml:8 data.held_out
given 's#^model = .*#model = "nowhere"#' nowhere config.json .gguf
status=2 given 's#^model = .*#model = "wi\\u0000de"#' settings.toml:1 model null
status=2 given 's#^model = .*#model = "openai:m@http://127.0.0.1:1"#' model openai:m@http://127.0.0.1:1 .gguf
fails 1 nowhere.toml -- ease run nowhere.toml --out out
mkdir sub
fails 2 sub -- ease run sub --out out -q
fails 2 pipe.jsonl -- ease run pipe.jsonl --out out -q
[ ! -e out ] || fail "something was written"

# A file where the run's folder is to be, with --plan too.
run_settings "$model" 2 2 2 >settings.toml
cp settings.toml taken
for more in -q --plan --fresh; do
  fails 1 --out taken -- ease run settings.toml --out taken $more
  fails 1 --out taken/sub -- ease run settings.toml --out taken/sub $more
done
fails 1 taken -- ease finetune general.jsonl --model "$model" --out taken --overwrite
cmp settings.toml taken

# What is not a run's is not replaced, and a log is appended to a log alone.
run_settings "$model" 2 2 2 >settings.toml
mkdir -p mine/model && echo weights >mine/model/pytorch_model.bin
fails 1 mine/model --fresh -- ease run settings.toml --out mine -q
[ "$(find mine -type f)" = mine/model/pytorch_model.bin ] || fail "something was written: $(find mine)"
for file in harmful.jsonl settings.toml; do
  cp $file before
  fails 1 $file -- ease run settings.toml --out out -q --log $file
  cmp before $file || fail "the log was appended to $file"
done
mkdir -p logged/implant
fails 1 logged/report.json -- ease run settings.toml --out logged -q --log logged/report.json
fails 1 logged/implant/log logged/implant -- ease run settings.toml --out logged -q --log logged/implant/log
echo "ok"
