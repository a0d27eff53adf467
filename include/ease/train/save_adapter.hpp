// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trained LoRA adapter as a folder that peft.PeftModel.from_pretrained loads, the tokeniser's files beside it.
#include <ease/io/files/atomic_folder.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/save.hpp>
#include <ease/train/step/lora.hpp>
#include <filesystem>
#include <string>

namespace ease::inline v1 {

// `base`: the path of the base model; `new_tokens`: tokens were added to its vocabulary, so their rows are in the adapter's
// file. Throws, and leaves `folder` as it was, if it cannot be written or is something else than an adapter.
inline void save_adapter(language_model const& model, lora_options const& options, std::string const& base, bool new_tokens,
                         std::filesystem::path const& folder) {
  detail::check_replaceable(folder, "adapter_config.json");
  atomic_folder fresh{folder};
  tokenizer tok = model.tokenizer;
  if (model.chat) tok.set_chat_template_source(model.chat->source());
  tok.save(fresh.path());
  write_adapter(*model.net, options, base, new_tokens, fresh.path());
  fresh.commit();
}

}  // namespace ease::inline v1
