// SPDX-License-Identifier: Apache-2.0
#pragma once
// A mix in a run folder: each component that is a pipeline runs in the folder under the component's name, and the mix itself
// is saved. It depends on its components, its options and the evaluation prompts it leaves out.
#include <fmt/format.h>

#include <cstddef>
#include <ease/core/identity.hpp>
#include <ease/method/mix.hpp>
#include <ease/run/saved_run.hpp>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::inline v1::detail {

template <class Components>
struct source_of_run<mixed<Components>> {
  static auto make_ready(std::shared_ptr<mixed<Components>> const& source, run_folder const& folder) {
    if (!folder.options().shard.is_whole())
      throw error{
          "a mix takes all rows of its components and cannot be divided: run the components in shards, and the mix on the "
          "whole"};
    identity id;
    identity content;
    id.add("mix");
    source->each_part([&](auto&& one) { id.add_component(one); });
    content.add(id.value());
    auto ready = std::apply([&](auto const&... one) { return std::tuple{component_in(one, folder, id, content)...}; },
                            source->components());
    using rows = decltype(source->with_components(std::move(ready)));
    // A mix of rows that are still to come is not known either.
    auto text = std::apply([](auto const&... one) { return ((content_of(one) == not_known_yet) || ...); }, ready)
                    ? not_known_yet
                    : content.text();
    return ready_source<rows>{id.value(), std::move(text), 0,
                              std::make_shared<rows>(source->with_components(std::move(ready))), "mix"};
  }
  // What the components are: the files of those that are read here, the stages that left the others.
  template <class Mixed>
  static void tell(Mixed const& range, stage_report& to) {
    std::size_t place = 0;
    auto const add = [&](auto const& one) {
      auto& rows = one.rows();
      std::string what;
      if constexpr (requires { rows.counts(), rows.description(); }) {
        to.read += rows.counts();
        what = rows.description();
      } else if constexpr (requires { rows.report().step; }) {
        what = fmt::format("{} rows of {}", rows.count(), rows.report().step);
      } else {
        what = fmt::format("{} rows", range.report().at(place).read);
      }
      if constexpr (requires { rows.sources(); })
        to.inputs.insert(to.inputs.end(), rows.sources().begin(), rows.sources().end());
      to.input += fmt::format("{}{}: {}", to.input.empty() ? "" : "; ", one.name(), what);
      ++place;
    };
    std::apply([&](auto const&... one) { (add(one), ...); }, range.components());
  }

 private:
  template <class Rows>
  static std::string content_of(mix_component<Rows> const& one) {
    if constexpr (requires { one.rows().content(); })
      return one.rows().content();
    else
      return {};
  }
  template <class Rows>
  static auto component_in(mix_component<Rows> const& one, run_folder const& folder, identity& id, identity& content) {
    auto const source = std::shared_ptr<Rows>{std::shared_ptr<void>{}, &one.rows()};
    if constexpr (is_pipeline<Rows>) {
      auto done = source_of_run<Rows>::run_as(source, folder.at(one.name()));
      id.add(done.run_identity());
      content.add(done.content());
      return one.with_rows(std::move(done));
    } else {
      auto const ready = source_of_run<Rows>::make_ready(source, folder);
      id.add(ready.identity);
      content.add(ready.content);
      return one;
    }
  }
};

}  // namespace ease::inline v1::detail
