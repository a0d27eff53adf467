// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ctrl-C and SIGTERM (core/stop_signals.hpp), under this program's name.
#include <ease/core/stop_signals.hpp>

namespace ease::app {
using ease::exit_status_of_stop;
using ease::stop_asked;
using ease::stop_if_asked;
using ease::stopped;
using ease::watch_signals;
}  // namespace ease::app
