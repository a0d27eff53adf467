// SPDX-License-Identifier: Apache-2.0
#pragma once
// The core, and local models on libtorch: loading, generating, scoring, saving. Programs that train include train.hpp.
#include <ease/backend/torch.hpp>
#include <ease/core.hpp>
#include <ease/llm/export_gguf.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/save.hpp>
