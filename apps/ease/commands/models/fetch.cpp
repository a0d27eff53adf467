// SPDX-License-Identifier: Apache-2.0
// `ease fetch`: a model of the hub, or a split of a data set, into the cache that all tools share.
#include <fmt/format.h>

#include <ease/hub/download/download_bar.hpp>
#include <ease/hub/download/fetch.hpp>
#include <ease/hub/download/fetch_dataset.hpp>
#include <ease/hub/download/fetch_report.hpp>
#include <ease/hub/download/name_to_fetch.hpp>
#include <ease/settings/command.hpp>
#include <memory>
#include <string>
#include <utility>

#include "../../commands.hpp"
#include "../../logs.hpp"
#include "../../options.hpp"

namespace ease::app {

namespace {

struct fetch_command {
  std::string model, dataset, file, revision, repo_type{"model"};
  std::size_t parallel{4};
  bool json{false}, quiet{false};
};

int fetch_named(fetch_command const& s) {
  auto const& said = s.dataset.empty() ? s.model : s.dataset;
  auto const kind = s.dataset.empty() && s.repo_type == "model" && !said.starts_with("hf://datasets/") ? hub_kind::model
                                                                                                       : hub_kind::dataset;
  auto const name = name_to_fetch(said, kind, s.revision, s.file);
  bool const is_model = kind == hub_kind::model && name.path.empty();
  download_bar bar{s.quiet};
  fetch_options const options{
      .parallel = s.parallel, .refresh = true, .verify = true, .progress = [&](hub_progress now) { bar(name, now); }};
  auto const settings = hub_settings::from_environment();
  fetched_rows split;
  if (!is_model) split = fetch_dataset(name, settings, options);
  auto const got = is_model ? fetch_model_alone(name, settings, options) : split.got;
  for (auto const* const notes : {&std::as_const(split).notes, &got.notes})
    for (auto const& note : *notes) tell(note);
  if (got.mended > 0)
    tell(fmt::format("{}: {} of its files in the cache were damaged, and are mended", name.text(), got.mended));
  fmt::print("{}\n", s.json ? fetch_report(name, got, split.rows) : fetch_paths(got, split.rows));
  return 0;
}

}  // namespace

void add_fetch(CLI::App& app, action& chosen) {
  auto s = std::make_shared<fetch_command>();
  command cmd{app, "fetch", "Download a model or a data set of the hub into the cache that transformers and others share",
              "Examples: ease fetch HuggingFaceTB/SmolLM2-135M-Instruct\n"
              "  ease fetch HuggingFaceTB/SmolLM2-135M-Instruct@v1.0     a branch, a tag or a commit\n"
              "  ease fetch --dataset allenai/wildjailbreak:train/train  the files of a split\n"
              "  ease fetch 'hf://datasets/ORG/NAME@REVISION/data/*.jsonl'\n"
              "  ease fetch ORG/NAME model-q8_0.gguf                     as hf://ORG/NAME/model-q8_0.gguf\n"
              "Of a model its config, tokeniser, template and safetensors are downloaded. They go to HF_HUB_CACHE,\n"
              "else HF_HOME/hub, else ~/.cache/huggingface/hub; where they stand is printed. What is there is checked\n"
              "by its hash: what is damaged is downloaded anew, what broke goes on. HF_TOKEN, HF_ENDPOINT and\n"
              "HF_HUB_OFFLINE mean what they mean to huggingface_hub. Other commands download what they are told by\n"
              "name by themselves."};
  cmd->add_option("model,-m,--model", s->model,
                  "Its name: ORG/NAME, ORG/NAME@REVISION, or hf://ORG/NAME/FILE for a file of it")
      ->type_name("NAME");
  cmd->add_option("file", s->file, "A file of the repository, or a pattern of files, instead of what programs read of it")
      ->type_name("FILE");
  cmd->add_option("-d,--dataset", s->dataset,
                  "A data set instead: ORG/NAME, also with @REVISION, :CONFIG, :CONFIG/SPLIT or :/SPLIT; of it the files of "
                  "one split")
      ->expected(0, 1)  // it may stand apart from the name: --dataset -q NAME
      ->type_name("NAME");
  cmd->add_option("--revision", s->revision, "A branch, a tag or a commit, where the name says none")->type_name("REVISION");
  cmd->add_option(both("repo-type"), s->repo_type, "What the name is the name of, as huggingface-cli says it")
      ->check(in_words(one_of_words{"model", "dataset"}))
      ->type_name("model|dataset")
      ->capture_default_str();
  cmd->add_option("--parallel", s->parallel, "Files to download at once")->check(CLI::Range(1, 32))->capture_default_str();
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.infer([&s = *s, &line = cmd.line()] {
    if (s.dataset.empty() && given(line, "--dataset")) std::swap(s.dataset, s.model);
    if (!s.dataset.empty() && s.file.empty() && detail::ends_like_a_file(s.model)) std::swap(s.file, s.model);
    if (s.model.empty() && s.dataset.empty())
      throw CLI::ValidationError{"name a model, as ease fetch ORG/NAME, or a data set, as ease fetch --dataset ORG/NAME"};
    if (!s.model.empty() && !s.dataset.empty())
      throw CLI::ValidationError{
          fmt::format("one after the other: ease fetch {}, then ease fetch --dataset {}", s.model, s.dataset)};
  });
  cmd.runs(chosen, [s] { return fetch_named(*s); });
}

}  // namespace ease::app
