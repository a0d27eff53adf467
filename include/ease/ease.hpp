// SPDX-License-Identifier: Apache-2.0
#pragma once
// All layers that the program links: CMake's target ease::ease is all of them, ease::core or ease::http fewer.
#include <ease/core.hpp>
#ifdef EASE_WITH_HTTP
#include <ease/http.hpp>
#endif
#ifdef EASE_WITH_LLM
#include <ease/llm.hpp>
#endif
#ifdef EASE_WITH_TRAIN
#include <ease/train.hpp>
#endif
