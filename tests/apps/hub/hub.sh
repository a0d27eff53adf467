# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the tests of this folder, which source it: a hub on loopback, and what it was asked.
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/../hub/hub.sh"
asked() { grep -c "$@" hub_log || true; }
# needs_python MODULE...: $python has them: $EASE_HUB_PYTHON, or .deps/venv's. Where it has not, the test is skipped.
needs_python() {
  local modules="$*"
  python=${EASE_HUB_PYTHON:-$(cd "$apps/../.." && pwd)/.deps/venv/bin/python}
  "$python" -c "import ${modules// /, }" 2>/dev/null ||
    { echo "skipped: no $python with $modules (pip install huggingface_hub datasets)"; exit 0; }
}
# silent WHAT COMMAND...: runs it, and no request may come.
silent() {
  local before
  before=$(wc -l <hub_log)
  "${@:2}" || fail "$1: failed"
  [ "$(wc -l <hub_log)" = "$before" ] || fail "$1: it asked the hub: $(tail -n +$((before + 1)) hub_log | head -3)"
}
