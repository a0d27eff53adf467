// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs a pipeline in a run folder. Each of its saved stages (run/segments.hpp) holds if its mark has today's identity, the
// rows it read are the ones that stand before it now, its own file is as it was left, and no row failed. The stages that
// hold are replayed; from the first that does not, the rest is done: a stage at a time, or, where none holds yet and
// `stream` asks for it, all in one pass.
#include <algorithm>
#include <cstddef>
#include <ease/core/identity.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <ease/run/saved_rows.hpp>
#include <ease/run/saved_stages.hpp>
#include <ease/run/segment_worker.hpp>
#include <ease/run/segments.hpp>
#include <ease/run/sources.hpp>
#include <ease/stage/run.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

template <class Source, class... Stages>
class saved_pipeline final : saved_stages {
  using cut = segments<Stages...>;
  using source_row = record_of<Source>;
  template <std::size_t K>
  using row_in_front = typename row_before<cut::bounds[K], source_row, Stages...>::type;
  template <std::size_t I>
  using stage_at = std::tuple_element_t<I, std::tuple<Stages...>>;

 public:
  using row = typename pipeline<Source, Stages...>::row;

  saved_pipeline(pipeline<Source, Stages...>& what, run_folder folder) : saved_stages{std::move(folder)}, what_{&what} {}

  saved_rows<row> run() {
    if (!folder_.options().shard.is_whole()) (refuse_to_divide<Stages>(), ...);
    source_ = source_of_run<Source>::make_ready(what_->shared_source(), folder_);
    identify();
    run_all(source_->content, folder_.options().plan ? rows_to_come(*source_->range) : source_->rows);
    return {files_.back().rows(), identities_.back(), marks()};
  }

 private:
  template <class S>
  static void refuse_to_divide() {
    if constexpr (takes_all_rows<S>) takes_no_part(stage_name<S>());
  }

  // A saved stage's identity is that of the source and of all stages down to its last.
  void identify() {
    identity id;
    id.add(source_->identity);
    std::size_t stage = 0;
    auto const end_of_segment = [&] {
      auto const k = files_.size();
      if (k == cut::count || cut::bounds[k + 1] != stage) return;
      add(id.value(), cut::stages == 0                               ? std::string{source_->name}
                      : cut::count == 1 && !folder_.prefix().empty() ? std::string{}
                                                                     : cut::file_name(k));
    };
    end_of_segment();
    std::apply([&](auto&... each) { ((id.add_component(each), ++stage, end_of_segment()), ...); }, what_->stages());
  }

  template <std::size_t K, class Is = std::make_index_sequence<cut::bounds[K + 1] - cut::bounds[K]>>
  struct worker_of;
  template <std::size_t K, std::size_t... Is>
  struct worker_of<K, std::index_sequence<Is...>> {
    using type = segment_worker<row_in_front<K>, row_in_front<K + 1>, stage_at<cut::bounds[K] + Is>...>;
    static auto stages(pipeline<Source, Stages...>& what) {
      return std::tuple<stage_at<cut::bounds[K] + Is>&...>{std::get<cut::bounds[K] + Is>(what.stages())...};
    }
  };
  template <std::size_t K>
  using worker_at = typename worker_of<K>::type;

  // visit(K as a type) for saved stage k.
  static void at(std::size_t k, auto&& visit) {
    [&]<std::size_t... Ks>(std::index_sequence<Ks...>) {
      ((Ks == k ? visit(std::integral_constant<std::size_t, Ks>{}) : void()), ...);
    }(std::make_index_sequence<cut::count>{});
  }

  std::unique_ptr<stage_worker> worker(std::size_t k, std::size_t rows) override {
    std::unique_ptr<stage_worker> made;
    at(k, [&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
      made = std::make_unique<worker_at<K>>(folder_, files_[K], rows, worker_of<K>::stages(*what_));
    });
    return made;
  }
  void connect(std::size_t k, stage_worker& one, stage_worker& next) override {
    at(k, [&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
      if constexpr (K + 1 < cut::count) static_cast<worker_at<K>&>(one).hand_on_to(static_cast<worker_at<K + 1>&>(next));
    });
  }
  void feed(std::size_t k, stage_worker& one) override {
    at(k, [&]<std::size_t K>(std::integral_constant<std::size_t, K>) { each_row<K>(static_cast<worker_at<K>&>(one)); });
  }
  void foresee(std::size_t k, planned_stage& told) override {
    told.written = told.read;
    std::size_t stage = 0;
    auto const pass = [&](auto const& one) {
      if (cut::segment_of(stage++) != k) return;
      told.tokens += most_tokens_of(one, told.written);
      told.written = most_rows_of(one, told.written);
    };
    std::apply([&](auto const&... each) { (pass(each), ...); }, what_->stages());
  }
  void tell_of_source(stage_report& r) const override {
    if constexpr (requires { source_->range->counts(), source_->range->description(); }) {
      r.read = source_->range->counts();
      r.input = source_->range->description();
    }
    if constexpr (requires { source_->range->sources(); }) r.inputs = source_->range->sources();
    if constexpr (requires { source_of_run<Source>::tell(*source_->range, r); })
      source_of_run<Source>::tell(*source_->range, r);
    if constexpr (requires { to_json_text(source_->range->details()); })
      r.details.text = to_json_text(source_->range->details());
    if constexpr (requires { source_->range->counts_of_rows(); }) {
      auto const counts = source_->range->counts_of_rows();
      r.rows.stages.insert(r.rows.stages.begin(), counts);
      r.rows.read = counts.in;
    }
  }

  // Gives each row in front of segment K, with its place among the source's rows.
  template <std::size_t K>
  void each_row(takes_rows<row_in_front<K>>& to) {
    auto const& part = folder_.options().shard;
    std::size_t place = 0;
    if constexpr (K == 0) {
      for (auto&& one : *source_->range) {
        std::size_t const here = place++;
        if (part.is_whole() || part.owns(key_of(one))) to.push(copy_or_move(one), here);
      }
    } else {
      auto const places = places_of(K - 1);
      for (auto& one : record_reader<row_in_front<K>>{files_[K - 1].rows(), saved_rows_reading()}) {
        std::size_t const here = place++;
        to.push(std::move(one), part.is_whole() ? here : static_cast<std::size_t>(places.at(here)));
      }
    }
  }
  static std::uint64_t key_of(source_row const& one) {
    if constexpr (source_row::template has<prompt>)
      return prompt_hash(get<prompt>(one), get_or_default<history>(one));
    else
      return prompt_hash(to_json(one));
  }
  // A source that can be walked again must keep its rows.
  template <class Row>
  static source_row copy_or_move(Row& one) {
    if constexpr (std::is_const_v<Row> || std::ranges::forward_range<Source>)
      return one;
    else
      return std::move(one);
  }

  pipeline<Source, Stages...>* what_;
  std::optional<decltype(source_of_run<Source>::make_ready(std::declval<std::shared_ptr<Source> const&>(),
                                                           std::declval<run_folder const&>()))>
      source_{};
};

// The first stage that does not say what its rows depend on; void if all do.
template <class... Stages>
struct unidentified : std::type_identity<void> {};
template <class S, class... Rest>
struct unidentified<S, Rest...> : std::conditional_t<identified<S>, unidentified<Rest...>, std::type_identity<S>> {};

// The first field of a row that cannot be written to a file; void if all can.
template <class Row>
struct unwritable : std::type_identity<void> {};
template <class F, class... Fs>
struct unwritable<record<F, Fs...>> : std::conditional_t<!field_of_files<F> || has_json_codec<typename F::type>,
                                                         unwritable<record<Fs...>>, std::type_identity<F>> {};
template <class Pipeline>
concept can_be_saved = std::is_void_v<typename unwritable<typename Pipeline::row>::type>;

// A pipeline as the source of another runs in the folder too, under the name "source".
template <class Source, class... Stages>
struct source_of_run<pipeline<Source, Stages...>> {
  using rows = saved_rows<typename pipeline<Source, Stages...>::row>;
  static rows run_as(std::shared_ptr<pipeline<Source, Stages...>> const& source, run_folder const& named) {
    static_assert(
        std::is_void_v<typename unidentified<Stages...>::type>,
        "a stage in a run folder says what its rows depend on: static constexpr int version{1}; or each_part(visit)");
    return saved_pipeline<Source, Stages...>{*source, named}.run();
  }
  static ready_source<rows> make_ready(std::shared_ptr<pipeline<Source, Stages...>> const& source,
                                       run_folder const& folder) {
    auto done = std::make_shared<rows>(run_as(source, folder.at("source")));
    return {done->run_identity(), done->content(), done->count(), done, "rows"};
  }
};

}  // namespace detail

// Runs the pipeline, as far as the folder does not hold its rows yet, and gives what came out. Throws ease::error; `stopped`
// when it was asked to stop. What was done stays, and the next run goes on from there.
template <class Source, class... Stages>
  requires std::is_void_v<typename detail::unidentified<Stages...>::type> &&
           detail::can_be_saved<pipeline<Source, Stages...>>
auto run(pipeline<Source, Stages...> what, run_folder const& folder) {
  return detail::saved_pipeline<Source, Stages...>{what, folder}.run();
}

// Read this if your compile breaks here: the stage named in the message must say what its rows depend on. Give it
// `static constexpr int version{1};`, raised when what it does changes, or each_part(visit) with its options and models
// (core/identity.hpp).
template <class Source, class... Stages,
          class has_neither_a_version_nor_parts = typename detail::unidentified<Stages...>::type>
  requires(!std::is_void_v<has_neither_a_version_nor_parts>)
broken run(pipeline<Source, Stages...> const& what, run_folder const& folder) = delete;

// Read this if your compile breaks here: the field named in the message is of a type that no file can hold yet. Specialise
// ease::json_codec for it (io/json/json_codec.hpp); an enumeration only needs words_of (core/option.hpp).
template <class Source, class... Stages,
          class has_a_field_whose_type_has_no_json_codec =
              typename detail::unwritable<typename pipeline<Source, Stages...>::row>::type>
  requires(!detail::can_be_saved<pipeline<Source, Stages...>>)
broken run(pipeline<Source, Stages...> const& what, run_folder const& folder) = delete;

inline broken run(broken, run_folder const&) { return {}; }

}  // namespace ease::inline v1
