// SPDX-License-Identifier: Apache-2.0
#pragma once
// A mix in a run folder: each arm that is a pipeline runs in the folder under the arm's name, and the mix itself is saved.
// It depends on its arms, its options and the evaluation prompts it leaves out.
#include <ease/core/identity.hpp>
#include <ease/method/mix.hpp>
#include <ease/run/saved_run.hpp>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::detail {

template <class Arms>
struct source_of_run<mixed<Arms>> {
  static auto make_ready(std::shared_ptr<mixed<Arms>> const& source, run_folder const& folder) {
    if (!folder.options().part.is_whole())
      throw error{"a mix takes all rows of its arms and cannot be divided: run the arms in parts, and the mix on the whole"};
    identity id;
    identity content;
    id.add("mix");
    source->each_part([&](auto&& one) { id.add_component(one); });
    content.add(id.value());
    auto ready =
        std::apply([&](auto const&... one) { return std::tuple{arm_in(one, folder, id, content)...}; }, source->arms());
    using rows = decltype(source->with_arms(std::move(ready)));
    // A mix of rows that are still to come is not known either.
    auto text = std::apply([](auto const&... one) { return ((content_of(one) == not_known_yet) || ...); }, ready)
                    ? not_known_yet
                    : content.text();
    return ready_source<rows>{id.value(), std::move(text), 0, std::make_shared<rows>(source->with_arms(std::move(ready))),
                              "mix"};
  }

 private:
  template <class Rows>
  static std::string content_of(arm_of_rows<Rows> const& one) {
    if constexpr (requires { one.rows().content(); })
      return one.rows().content();
    else
      return {};
  }
  template <class Rows>
  static auto arm_in(arm_of_rows<Rows> const& one, run_folder const& folder, identity& id, identity& content) {
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

}  // namespace ease::detail
