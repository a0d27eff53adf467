// SPDX-License-Identifier: Apache-2.0
// `ease fetch`: a model of the hub, or a split of a data set, into the cache that all tools share.
#include <fmt/format.h>

#include <ease/hub/download/download_bar.hpp>
#include <ease/hub/download/fetch.hpp>
#include <ease/hub/download/fetch_dataset.hpp>
#include <ease/hub/download/fetch_report.hpp>
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
  std::string model, dataset, repo_type{"model"};
  std::size_t parallel{4};
  bool json{false}, quiet{false};
};

int fetch_named(fetch_command const& s) {
  bool const is_model = s.dataset.empty() && s.repo_type == "model";
  auto const& said = s.dataset.empty() ? s.model : s.dataset;
  auto const name = hub_name::parse(said, is_model ? hub_kind::model : hub_kind::dataset);
  if (!name)
    throw usage_error{"{}: not a name of the hub, which is {}", said,
                      is_model ? "ORG/NAME or ORG/NAME@REVISION" : "ORG/NAME, ORG/NAME@REVISION or ORG/NAME:CONFIG/SPLIT"};
  download_bar bar{s.quiet};
  fetch_options const options{
      .parallel = s.parallel, .refresh = true, .verify = true, .progress = [&](hub_progress now) { bar(*name, now); }};
  auto const settings = hub_settings::from_environment();
  fetched_rows split;
  if (!is_model) split = fetch_dataset(*name, settings, options);
  auto const got = is_model ? fetch_model(*name, settings, options) : split.got;
  for (auto const* const notes : {&std::as_const(split).notes, &got.notes})
    for (auto const& note : *notes) tell(note);
  if (got.mended > 0)
    tell(fmt::format("{}: {} of its files in the cache were damaged, and are mended", name->text(), got.mended));
  fmt::print("{}\n", s.json ? fetch_report(*name, got, split.rows) : fetch_paths(got, split.rows));
  return 0;
}

}  // namespace

void add_fetch(CLI::App& app, action& chosen) {
  auto s = std::make_shared<fetch_command>();
  command cmd{app, "fetch", "Download a model or a data set of the hub into the cache that transformers and others share",
              "Examples: ease fetch HuggingFaceTB/SmolLM2-135M-Instruct\n"
              "          ease fetch --dataset allenai/wildjailbreak:train/train\n"
              "A download that broke goes on where it was. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE\n"
              "mean what they mean to huggingface_hub. Commands download what they are told by name without this one too."};
  cmd->add_option("model,-m,--model", s->model, "Its name, ORG/NAME or ORG/NAME@REVISION")->type_name("NAME");
  cmd->add_option(
         "-d,--dataset", s->dataset,
         "A data set instead: ORG/NAME, also with @REVISION, :CONFIG or :CONFIG/SPLIT; of it the files of one split")
      ->type_name("NAME");
  cmd->add_option(both("repo-type"), s->repo_type, "What the name is the name of, as huggingface-cli says it")
      ->check(in_words(one_of_words{"model", "dataset"}))
      ->type_name("model|dataset")
      ->capture_default_str();
  cmd->add_option("--parallel", s->parallel, "Files to download at once")->check(CLI::Range(1, 32))->capture_default_str();
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.infer([&s = *s] {
    if (s.model.empty() == s.dataset.empty()) throw CLI::ValidationError{"name a model, or a data set with --dataset"};
  });
  cmd.runs(chosen, [s] { return fetch_named(*s); });
}

}  // namespace ease::app
