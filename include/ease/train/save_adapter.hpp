// SPDX-License-Identifier: Apache-2.0
#pragma once
// A trained LoRA adapter as a folder that peft.PeftModel.from_pretrained loads, the tokeniser's files beside it.
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/llm/save.hpp>
#include <ease/train/step/lora.hpp>
#include <filesystem>
#include <string>

namespace ease::inline v1 {

// `base`: the base model's name or path; of one of the hub, the adapter names the commit too. `new_tokens`: tokens were added
// to its vocabulary, so their rows are in the adapter's file. `card`: its README.md, if there is to be one. Throws, and leaves
// `folder` as it was, if it cannot be written or is something else than an adapter.
inline void save_adapter(language_model const& model, lora_options const& options, std::string const& base, bool new_tokens,
                         std::filesystem::path const& folder, std::string const& card = {}) {
  detail::check_replaceable(folder, "adapter_config.json");
  atomic_folder fresh{folder};
  tokenizer tok = model.tokenizer;
  if (model.chat) tok.set_chat_template_source(model.chat->source());
  tok.save(fresh.path());
  auto const place = find_model(base, model_part::what_is_there);
  auto const at = place.adapters.empty() ? place.name.find('@') : std::string::npos;
  bool const of_hub = at != std::string::npos && place.base.parent_path().filename() == "snapshots";
  write_adapter(*model.net, options, of_hub ? place.name.substr(0, at) : base, of_hub ? place.name.substr(at + 1) : "",
                new_tokens, fresh.path());
  if (!card.empty()) write_atomically(fresh / "README.md", card);
  fresh.commit();
}

}  // namespace ease::inline v1
