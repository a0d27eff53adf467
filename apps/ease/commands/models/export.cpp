// SPDX-License-Identifier: Apache-2.0
// `ease export`: a model as a GGUF file for llama.cpp and all that is built on it.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <ease/io/json/json_text.hpp>
#include <ease/llm/export_gguf.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/log/progress.hpp>
#include <ease/named/card/base_card.hpp>
#include <ease/named/report_of_models.hpp>
#include <ease/settings/command.hpp>
#include <memory>
#include <string>

#include "../../commands.hpp"
#include "../../logs.hpp"
#include "../../options.hpp"

namespace ease::app {

namespace {

ggml_type type_named(std::string const& name) {
  if (name == "f32") return ggml_type::f32;
  if (name == "f16") return ggml_type::f16;
  if (name == "bf16") return ggml_type::bf16;
  if (name == "q8_0") return ggml_type::q8_0;
  throw usage_error{"--gguf \"{}\" is not known; choose f32, f16, bf16 or q8_0", name};
}

}  // namespace

void add_export(CLI::App& app, action& chosen) {
  struct all {
    std::string model, type;
    output_options o;
    int threads{0};
  };
  auto s = std::make_shared<all>();
  command cmd{app, "export", "Write a model as a GGUF file, for llama.cpp",
              "Examples: ease export out/model --gguf q8_0 --out safe.gguf\n"
              "          ease export out/model --gguf f32 --out safe.gguf --overwrite --json"};
  cmd->add_option("model,-m,--model", s->model, model_or_name)->required()->type_name("PATH");
  cmd->add_option("--gguf", s->type, "Type of the matrices: f32, f16, bf16 or q8_0 (norms and biases stay f32)")
      ->required()
      ->type_name("TYPE");
  cmd->add_option("-o,--out", s->o.out, "The GGUF file")->required()->type_name("FILE");
  add_threads(cmd, s->threads);
  add_overwrite(cmd, s->o.overwrite);
  add_reporting(cmd, s->o);
  cmd.infer([&s = *s] { (void)type_named(s.type); });
  cmd.files(
      [&s = *s] { return file_use{.reads = files_of_model(s.model), .writes = {s.o.out}, .overwrite = s.o.overwrite}; });
  cmd.runs(chosen, [s] {
    auto const type = type_named(s->type);
    if (s->threads > 0) at::set_num_threads(s->threads);
    auto const model = load_model(s->model, at::kCPU, exact_precision(s->model));
    for (auto const& line : model.notices) tell(line);
    progress bar{"export", 0, "MB", s->o.quiet};
    auto const place = find_model(s->model);
    auto const base_model = place.is_folder() && place.adapters.empty() ? base_model_in(place.base) : std::string{};
    auto const report = export_gguf(
        model, s->o.out, type,
        [&](std::uint64_t done, std::uint64_t total) {
          bar.total(total / 1'000'000);
          bar.at(done / 1'000'000);
        },
        base_model);
    auto const seconds = bar.seconds();
    auto const open = model.tokenizer.id_of("<think>"), close = model.tokenizer.id_of("</think>");
    if (s->o.json) {
      std::string line;
      json_writer w{line};
      w.object()
          .key("model")
          .value(s->model)
          .key("name")
          .value(model.name)
          .key("out")
          .value(s->o.out)
          .key("type")
          .value(s->type)
          .key("tensors")
          .object();
      for (auto const& [name, count] : report.tensors) w.key(name).value(count);
      w.end().key("models");
      json_codec<std::vector<reported_model>>::write(w, report_of_models({s->model}));
      w.key("weight_bytes").value(report.weight_bytes).key("pre").value(report.pre);
      w.key("vocabulary").value(model.config().vocab).key("chat_template").value(model.chat ? model.chat->identity() : "");
      w.key("think_tokens");
      if (open && close)
        w.array().value(*open).value(*close).end();
      else
        w.value(nullptr);
      w.key("seconds").value(seconds).key("settings").raw(s->o.settings).end();
      fmt::print("{}\n", line);
      return 0;
    }
    std::string tensors;
    for (auto const& [name, count] : report.tensors)
      tensors += fmt::format("{}{} {}", tensors.empty() ? "" : ", ", count, name);
    fmt::print("{}: {:.1f} MB of weights in {} tensors; pre-tokeniser {}, think tokens {}\n", s->o.out,
               static_cast<double>(report.weight_bytes) / 1e6, tensors, report.pre,
               open && close ? fmt::format("{} and {}", *open, *close) : "none");
    if (!model.chat)
      fmt::print(stderr, "ease: {}: the chat template is written as it was read: {}\n", s->o.out, model.why_no_chat);
    return 0;
  });
}

}  // namespace ease::app
