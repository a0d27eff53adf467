// SPDX-License-Identifier: Apache-2.0
// `ease fetch`: a model of the hub into the cache that all tools share.
#include <fmt/format.h>

#include <ease/hub/download/fetch.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/log/progress.hpp>
#include <ease/settings/command.hpp>
#include <memory>
#include <string>

#include "../../commands.hpp"
#include "../../options.hpp"

namespace ease::app {

void add_fetch(CLI::App& app, action& chosen) {
  struct all {
    std::string model;
    std::size_t parallel{4};
    bool json{false}, quiet{false};
  };
  auto s = std::make_shared<all>();
  command cmd{app, "fetch", "Download a model of the hub into the cache that transformers and others share",
              "Example: ease fetch HuggingFaceTB/SmolLM2-135M-Instruct\n"
              "A download that broke goes on where it was. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE\n"
              "mean what they mean to huggingface_hub."};
  cmd->add_option("model,-m,--model", s->model, "Its name, ORG/NAME or ORG/NAME@REVISION")->required()->type_name("NAME");
  cmd->add_option("--parallel", s->parallel, "Files to download at once")->check(CLI::Range(1, 32))->capture_default_str();
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.runs(chosen, [s] {
    auto const name = hub_name::parse(s->model, hub_kind::model);
    if (!name) throw usage_error{"{}: not a name of the hub, which is ORG/NAME or ORG/NAME@REVISION", s->model};
    progress bar{"fetch " + name->text(), 0, "MB", s->quiet};
    constexpr std::uint64_t megabyte = 1'000'000;
    fetch_options options{.parallel = s->parallel, .refresh = true};
    options.progress = [&](hub_progress now) {
      bar.total(static_cast<std::size_t>(now.total / megabyte));
      bar.at(static_cast<std::size_t>(now.done / megabyte));
    };
    auto const got = fetch_model(*name, hub_settings::from_environment(), options);
    if (s->json) {
      std::string line;
      json_writer w{line};
      w.object().key("model").value(name->id()).key("revision").value(name->revision).key("commit").value(got.commit);
      w.key("folder").value(got.folder.string()).key("files").value(got.files).key("downloaded").value(got.downloaded);
      w.key("bytes").value(got.bytes).end();
      fmt::print("{}\n", line);
    } else {
      fmt::print("{}\n", got.folder.string());
    }
    return 0;
  });
}

}  // namespace ease::app
