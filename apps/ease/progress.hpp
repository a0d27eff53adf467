// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ease/log/progress.hpp>
