#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program loads no library out of the folder that it is run in.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
for library in libcrypto.so.3 libz.so.1 libcurl.so.4 libtorch_cpu.so libstdc++.so.6; do echo "no library" >"$library"; done
ease --version >version.txt
grep -q "^ease " version.txt || fail "$(cat version.txt)"
