// SPDX-License-Identifier: Apache-2.0
#include "named_model.hpp"

#include <chrono>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/backend/torch.hpp>
#include <ease/llm/model.hpp>
#include <ease/train/step/options.hpp>

#include "logs.hpp"
#include "on_device.hpp"

namespace ease::app {

namespace {

// As open_model decides, without opening anything.
precision dtype_of(model_options const& o) {
  if (o.precision == "float32") return precision::float32;
  if (o.precision == "bfloat16") return precision::bfloat16;
  return on_device(o.device, []<class Device>() {
    return fastest_precision(Device::device()) != training_precision::float32 ? precision::bfloat16 : precision::float32;
  });
}

late_model_facts facts_of(std::string const& name, model_options const& o) {
  if (is_remote(name)) {
    auto const servers = openai_endpoint::parse_all(name);
    return {.identity = servers.front().name(),
            .window = 4 * o.remote.max_in_flight * servers.size(),
            .rows_are_independent = [] { return true; },
            .is_local = false};
  }
  auto const dtype = dtype_of(o);
  auto facts = late_model_facts{
      .identity = fmt::format("{} {} files={}", to_string(dtype), o.chat.empty() ? "own template" : "template " + o.chat,
                              content_of_model(name)),
      .window = 4 * o.max_batch_rows};
  facts.rows_are_independent = [name, o, dtype, known = std::optional<bool>{}]() mutable {
    if (!known)
      known = on_device(o.device, [&]<class Device>() {
        if (!Device::device().is_cpu()) return false;
        auto const config = load_model(name, std::nullopt, dtype, o.chat).config();
        return products_keep_rows_apart(config.hidden, config.intermediate, scalar_type(dtype));
      });
    return *known;
  };
  return facts;
}

}  // namespace

named_model::named_model(std::string const& name, model_options const& o, model_room& room)
    : late_model<any_model>{facts_of(name, o),
                            [name, o] {
                              auto const start = std::chrono::steady_clock::now();
                              auto model = open_model(name, o);
                              auto const seconds =
                                  std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
                              logs().write(log_level::info, "model", {{"is", model->identity()}, {"seconds", seconds}});
                              return model;
                            },
                            room},
      remote_{o.remote} {}

}  // namespace ease::app
