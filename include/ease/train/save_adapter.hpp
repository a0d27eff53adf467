// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trained LoRA adapter as a folder that peft.PeftModel.from_pretrained loads, the tokeniser's files beside it.
#include <filesystem>
#include <string>

#include "ease/io/files/atomic_folder.hpp"
#include "ease/llm/decoder/decoder.hpp"
#include "ease/llm/model.hpp"
#include "ease/llm/save.hpp"
#include "ease/train/step/lora.hpp"

namespace ease {

// `base`: the path of the model that was trained on; `new_tokens`: its vocabulary got tokens, whose rows are then in the
// adapter's file. Throws, and leaves what was at `folder`, if it cannot be written or holds anything but an adapter.
inline void save_adapter(language_model const& model, lora_options const& options, std::string const& base, bool new_tokens,
                         std::filesystem::path const& folder) {
  detail::check_replaceable(folder, "adapter_config.json");
  atomic_folder fresh{folder};
  tokenizer words = model.words;
  if (model.chat) words.set_chat_template_source(model.chat->source());
  words.save(fresh.path());
  write_adapter(*model.net, options, base, new_tokens, fresh.path());
  fresh.commit();
}

}  // namespace ease
