// SPDX-License-Identifier: Apache-2.0
// `ease inspect`: what a model is.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ease/hub/hub_source.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/log/amounts.hpp>
#include <ease/settings/command.hpp>
#include <memory>
#include <string>

#include "../../commands.hpp"
#include "../../options.hpp"

namespace ease::app {

void add_inspect(CLI::App& app, action& chosen) {
  struct all {
    std::string model;
    bool json{false}, quiet{false};
  };
  auto s = std::make_shared<all>();
  command cmd{app, "inspect", "What a model is: shape, vocabulary, chat template, think tokens",
              "Example: ease inspect SmolLM2.gguf"};
  cmd->add_option("model,-m,--model", s->model, model_or_name)->required()->type_name("PATH");
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.runs(chosen, [s] {
    auto const f = inspect_model(s->model);
    if (s->json) {
      std::string line;
      json_writer w{line, bad_utf8::replace};
      w.object().key("model").value(s->model).key("name").value(f.name);
      w.key("architecture").value(f.architecture).key("parameters").value(f.parameters);
      w.key("layers").value(f.layers).key("hidden").value(f.hidden).key("heads").value(f.heads);
      w.key("kv_heads").value(f.kv_heads).key("head_dim").value(f.head_dim).key("intermediate").value(f.intermediate);
      w.key("context").value(f.context).key("vocabulary").value(f.vocabulary).key("token_ids").value(f.token_ids);
      w.key("idle_rows").value(f.idle_rows).key("tied").value(f.tied).key("chat_template");
      f.chat.empty() ? w.value(nullptr) : w.value(f.chat);
      if (!f.base.empty()) {
        w.key("base").value(f.base).key("adapters").array();
        for (auto const& one : f.adapters) w.value(one);
        w.end();
      }
      if (!f.notices.empty()) {
        w.key("notices").array();
        for (auto const& notice : f.notices) w.value(notice);
        w.end();
      }
      if (!f.chat_problem.empty()) w.key("chat_template_problem").value(f.chat_problem);
      w.key("think_tokens");
      if (f.think_open && f.think_close)
        w.array().value(*f.think_open).value(*f.think_close).end();
      else
        w.value(nullptr);
      w.end();
      fmt::print("{}\n", line);
      return 0;
    }
    if (hub_name_in(s->model, hub_kind::model)) fmt::print("{:<16}{}\n", "name", f.name);
    if (!f.base.empty()) fmt::print("{:<16}{}, merged into {}\n", "adapters", fmt::join(f.adapters, ", "), f.base);
    fmt::print("{:<16}{}, {} parameters\n", "model", f.architecture,
               parameters_text(static_cast<std::uint64_t>(f.parameters)));
    fmt::print("{:<16}{} layers, hidden {}, {} heads of {} ({} key/value), feed-forward {}, context {}\n", "shape", f.layers,
               f.hidden, f.heads, f.head_dim, f.kv_heads, f.intermediate, f.context);
    fmt::print("{:<16}{} embedding rows{}, {} token ids, {} idle\n", "vocabulary", f.vocabulary, f.tied ? " (tied)" : "",
               f.token_ids, f.idle_rows);
    fmt::print("{:<16}{}\n", "chat template",
               f.chat.empty()           ? "none: " + f.chat_problem
               : f.chat_problem.empty() ? f.chat
                                        : f.chat + " (not compared with the model's own: " + f.chat_problem + ")");
    if (f.think_open && f.think_close)
      fmt::print("{:<16}{} and {}\n", "think tokens", *f.think_open, *f.think_close);
    else
      fmt::print("{:<16}none yet; training adds them{}\n", "think tokens", f.idle_rows >= 2 ? " on idle rows" : "");
    for (auto const& line : f.notices) fmt::print("{:<16}{}\n", "notice", line);
    return 0;
  });
}

}  // namespace ease::app
