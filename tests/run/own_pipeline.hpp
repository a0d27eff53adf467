// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small pipeline for the tests of run folders: a scripted model, a stage that asks it, and a folder that goes with the
// test.
#include <ease/backend/scripted.hpp>
#include <ease/journal/asked.hpp>
#include <ease/record/fields.hpp>
#include <ease/run/saved_run.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"

namespace test {
using namespace ease;

struct length : field<"length", std::size_t> {};

struct ask_options {
  std::string how{"plainly"};
  double speed{1};
  static constexpr auto options() {
    return std::tuple{option("how", &ask_options::how, "the words asked with"),
                      option("speed", &ask_options::speed, "changes nothing", at_least(0.0)).without_effect_on_results()};
  }
};

struct ask : stage<needs<prompt>, adds<response>> {
  explicit ask(scripted_generator& of, ask_options how = {}) : model{of}, options{std::move(how)} {}
  std::size_t window() const { return model.window(); }
  void each_part(auto&& visit) { visit(options), visit(model); }
  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<generation_request> asks;
    for (auto const& row : rows)
      asks.push_back({.input = conversation{{role::user, options.how + " " + get<prompt>(row)}}, .row = 1});
    model->generate(asks, [&](std::size_t i, outcome<completion> said) {
      if (auto* broken = std::get_if<failure>(&said)) return done(i, *broken);
      done(i, with(answer{direct{std::get<completion>(said).text}}));
    });
  }
  asked<scripted_generator> model;
  ask_options options;
};

// Another stage that asks, and a cheap one behind it.
struct measure_length : stage<needs<response>, adds<length>> {
  static constexpr std::string_view name{"measure_length"};
  explicit measure_length(scripted_generator& of) : model{of} {}
  std::size_t window() const { return model.window(); }
  void each_part(auto&& visit) { visit(model); }
  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<generation_request> asks;
    for (auto const& row : rows)
      asks.push_back({.input = conversation{{role::user, "how long is " + written(*complete_part(get<response>(row)))}}});
    model->generate(asks, [&](std::size_t i, outcome<completion> said) {
      if (auto* broken = std::get_if<failure>(&said)) return done(i, *broken);
      done(i, with(std::get<completion>(said).text.size()));
    });
  }
  asked<scripted_generator> model;
};
struct keep_long : stage<needs<length>> {
  static constexpr int version{1};
  bool operator()(input const& row) const { return get<length>(row) % 2 == 0; }
};

struct scratch {
  std::filesystem::path path;
  scratch() {
    static int count = 0;
    path =
        std::filesystem::temp_directory_path() / ("ease_run_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::remove_all(path);
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

inline std::string read_file(std::filesystem::path const& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
// The files of rows under a folder, without what is beside the run.
inline std::map<std::string, std::string> row_files_in(std::filesystem::path const& folder) {
  std::map<std::string, std::string> all;
  for (auto const& one : std::filesystem::recursive_directory_iterator{folder}) {
    auto const name = std::filesystem::relative(one.path(), folder).string();
    if (one.is_regular_file() && name.ends_with(".jsonl") && !name.starts_with("shards")) all[name] = read_file(one.path());
  }
  return all;
}
inline std::vector<record<prompt>> prompts(int count, std::string const& words = "prompt") {
  std::vector<record<prompt>> rows;
  for (int i = 0; i < count; ++i)
    rows.push_back(make_record<prompt>(words + " " + std::string(static_cast<std::size_t>(i % 5), 'x') + std::to_string(i)));
  return rows;
}
inline scripted_generator echo(std::size_t& calls, std::string identity = "echo") {
  return scripted_generator{[&calls](generation_request const& r) -> outcome<completion> {
                              ++calls;
                              return completion{.text = "said " + std::get<conversation>(r.input).back().content};
                            },
                            {.window = 4, .identity = std::move(identity)}};
}
}  // namespace test
