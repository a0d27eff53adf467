#pragma once
#include <ease/run/stop_signals.hpp>
