// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of named/named_model.hpp; core/compiled.hpp says where they are compiled.
#include <chrono>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/backend/openai/openai_options.hpp>
#include <ease/backend/torch.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/on_device.hpp>
#include <ease/named/named_model.hpp>
#include <ease/train/step/options.hpp>

namespace ease::inline v1 {

namespace detail::naming {

// As open_model decides, without opening anything.
inline precision dtype_of(model_options const& o) {
  if (o.precision == "float32") return precision::float32;
  if (o.precision == "bfloat16") return precision::bfloat16;
  return on_device(o.device, []<class Device>() {
    return fastest_precision(Device::device()) != training_precision::float32 ? precision::bfloat16 : precision::float32;
  });
}

inline late_model_facts facts_of(std::string const& name, model_options const& o) {
  if (is_remote(name)) {
    auto const servers = openai_endpoint::parse_all(name);
    openai_options remote;
    remote.more = request_fields{o.remote.request_fields};
    return {.identity = remote.identity_of(servers.front()),
            .window = 4 * o.remote.max_in_flight * servers.size(),
            .rows_are_independent = [] { return true; },
            .is_local = false};
  }
  auto const dtype = dtype_of(o);
  auto facts = late_model_facts{
      .identity = fmt::format("{} {} files={}", to_string(dtype), o.chat.empty() ? "own template" : "template " + o.chat,
                              content_of_model(name)),
      .window = 4 * o.max_batch_rows};
  facts.rows_are_independent = [device = o.device] {
    return on_device(device, []<class Device>() { return Device::device().is_cpu(); });
  };
  return facts;
}

}  // namespace detail::naming

EASE_INLINE named_model::named_model(std::string const& name, model_options const& o, model_room& room,
                                     model_notices const& notices)
    : late_model<
          any_model>{detail::naming::facts_of(name, o),
                     [name, o, notices] {
                       auto const start = std::chrono::steady_clock::now();
                       auto model = open_model(name, o, notices);
                       auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
                       if (notices.log != nullptr)
                         notices.log->write(log_level::info, "model", {{"is", model->identity()}, {"seconds", seconds}});
                       return model;
                     },
                     room},
      remote_{o.remote} {}

}  // namespace ease::inline v1
