# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the tests of this folder, which source it: a hub on loopback, and what it was asked.
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/../hub/hub.sh"
asked() { grep -c "$@" hub_log || true; }
# silent WHAT COMMAND...: runs it, and no request may come.
silent() {
  local before
  before=$(wc -l <hub_log)
  "${@:2}" || fail "$1: failed"
  [ "$(wc -l <hub_log)" = "$before" ] || fail "$1: it asked the hub: $(tail -n +$((before + 1)) hub_log | head -3)"
}
