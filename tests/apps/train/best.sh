#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --keep best keeps the weights of the best evaluation loss, and asks for rows to evaluate on.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
finetune --epochs 6 --validation-fraction 0.2 --eval-steps 3 --keep best --out best --json >best.json
is best.json /details/evaluation_rows 8
[ "$(grep -c '"evaluation_loss":' best/training_log.jsonl)" = 16 ] || fail "log: $(cat best/training_log.jsonl)"
# The best step is that of the least loss in the log.
grep '"evaluation_loss":' best/training_log.jsonl >evaluated.jsonl
least=$(paste <(value evaluated.jsonl /evaluation_loss) <(value evaluated.jsonl /step) | sort -g | head -1 | cut -f2)
is best.json /details/best_step "$least"
fails 2 keep best validation_fraction 0 -- finetune --keep best --out x
[ ! -e x ] && [ ! -e x.training ] || fail "something appeared although nothing was trained"
echo "ok"
