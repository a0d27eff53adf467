// SPDX-License-Identifier: Apache-2.0
#pragma once
// The core, models behind an OpenAI-compatible server, and models of the hub.
#include <ease/backend/openai/openai.hpp>
#include <ease/backend/openai/openai_score.hpp>
#include <ease/core.hpp>
#include <ease/hub/download/fetch.hpp>
