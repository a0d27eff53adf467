#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model that is not there or cannot be meant is refused by name, before anything is done.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
printf '{"prompt":"a"}\n' >p.jsonl
fails 1 nowhere config.json .gguf -- ease inspect nowhere
fails 2 chatty smollm2 llama3 -- ease generate hello --model "$model" --chat-template chatty -q
# Remote models: named with a URL, several of them each with one, and with a key where that is wanted.
fails 2 openai:MODEL@URL http:// https:// -- ease diagnose p.jsonl --model openai:m@ftp://x --out o.jsonl -q
fails 2 openai:MODEL@URL,URL http:// https:// -- ease diagnose p.jsonl --model openai:m@http://127.0.0.1:1,127.0.0.1:2 --out o.jsonl -q
export OPENAI_API_KEY=
fails 1 https://example.invalid/v1 OPENAI_API_KEY -- ease diagnose p.jsonl --model openai:some@https://example.invalid/v1 --out o.jsonl -q
# A server without its scheme is not a model at OpenAI.
export OPENAI_API_KEY=none
fails 2 api.openai.com -- ease diagnose p.jsonl --out o.jsonl -q --model openai:smol@localhost:8000/v1
[ ! -e o.jsonl ] && [ ! -e o.jsonl.journal ] || fail "an output appeared although the command failed"
echo "ok"
