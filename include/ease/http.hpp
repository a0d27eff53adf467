// SPDX-License-Identifier: Apache-2.0
#pragma once
// The core, and models behind an OpenAI-compatible server.
#include <ease/backend/openai/openai.hpp>
#include <ease/backend/openai/openai_score.hpp>
#include <ease/core.hpp>
