// SPDX-License-Identifier: Apache-2.0
#pragma once
// Local models, and fine-tuning them: folder_trainer for the method's phases, sft and trainer for training loops of one's
// own.
#include <ease/llm.hpp>
#include <ease/train/folder_trainer.hpp>
#include <ease/train/save_adapter.hpp>
#include <ease/train/sft.hpp>
#include <ease/train/trainer.hpp>
