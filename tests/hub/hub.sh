# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For tests that source it behind checks.sh, in a folder of their own, $work: a hub on loopback, and a home of their own for its
# cache.
hub_server=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/hub_server.py
unset HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_TOKEN_PATH HF_HUB_OFFLINE TRANSFORMERS_OFFLINE XDG_CACHE_HOME
export HF_HOME=$work/home no_proxy=127.0.0.1
hub_cache=$HF_HOME/hub
hub_process=

# hub FAULT...: a hub with these faults, and an empty cache. Its repositories stand in hub/models and hub/datasets.
hub() {
  no_hub
  : >hub_url
  : >hub_log
  python3 "$hub_server" hub hub_log "$@" >hub_url &
  hub_process=$!
  await $hub_process test -s hub_url
  HF_ENDPOINT=$(cat hub_url)
  export HF_ENDPOINT
  rm -rf "$HF_HOME"
}
no_hub() {
  [ -z "$hub_process" ] || { kill "$hub_process"; wait "$hub_process" 2>/dev/null || true; }
  hub_process=
}
trap 'kill "$hub_process" 2>/dev/null || true; rm -rf "$work"' EXIT
