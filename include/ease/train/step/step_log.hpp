// SPDX-License-Identifier: Apache-2.0
#pragma once
// The log of a training run: a JSON line a step, and TensorBoard scalars. A resumed run continues the same file: lines of
// steps that it repeats are removed first.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/log/tensorboard.hpp>
#include <ease/train/step/options.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

inline std::string step_text(training_step const& s) {
  std::string text;
  json_writer w{text};
  w.object().key("step").value(s.step).key("steps").value(s.steps).key("loss").value(s.loss);
  w.key("learning_rate").value(s.learning_rate).key("gradient_norm").value(s.gradient_norm);
  w.key("tokens")
      .value(s.tokens)
      .key("target_tokens")
      .value(s.target_tokens)
      .key("padding")
      .value(s.padding)
      .key("seconds")
      .value(s.seconds);
  w.key("peak_bytes").value(s.peak_bytes);
  if (s.evaluation_loss) w.key("evaluation_loss").value(*s.evaluation_loss);
  w.end();
  return text += '\n';
}

// A write error does not stop a run: problem() reports it after the run.
class step_log {
 public:
  // `file`: of JSON lines; `tensorboard`: a folder. Empty: none.
  step_log(std::filesystem::path file, std::filesystem::path tensorboard)
      : file_{std::move(file)}, folder_{std::move(tensorboard)} {}

  void operator()(training_step const& s) {
    if (!std::exchange(open_, true)) open(s.step);
    if (lines_.is_open() && !(lines_ << step_text(s) << std::flush)) complain(file_);
    if (!board_) return;
    auto const step = s.step;
    board_->scalar("train/loss", step, s.loss);
    board_->scalar("train/learning_rate", step, s.learning_rate);
    board_->scalar("train/gradient_norm", step, s.gradient_norm);
    if (s.seconds > 0) board_->scalar("train/tokens_per_second", step, static_cast<double>(s.tokens) / s.seconds);
    board_->scalar("train/peak_gigabytes", step, static_cast<double>(s.peak_bytes) / 1e9);
    if (s.evaluation_loss) board_->scalar("evaluation/loss", step, *s.evaluation_loss);
    if (!board_->flush()) complain(board_->path());
  }

  // "" or which file is incomplete.
  std::string const& problem() const { return problem_; }

 private:
  void open(std::size_t first_step) {
    try {
      if (!file_.empty()) {
        std::error_code bad;
        if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), bad);
        write_atomically(file_, lines_before(first_step));
        lines_.open(file_, std::ios::binary | std::ios::app);
        if (!lines_) complain(file_);
      }
      if (!folder_.empty()) board_.emplace(folder_, first_step);
    } catch (error const& e) {
      problem_ = e.what();
    }
  }

  std::string lines_before(std::size_t first_step) const {
    std::ifstream in{file_, std::ios::binary};
    std::string kept, line;
    simdjson::dom::parser parser;
    while (first_step > 1 && std::getline(in, line)) {
      std::uint64_t step{};
      if (!parser.parse(line)["step"].get(step) && step < first_step) kept += line + '\n';
    }
    return kept;
  }

  void complain(std::filesystem::path const& path) { problem_ = path.string() + ": could not be written; it is not whole"; }

  std::filesystem::path file_, folder_;
  std::ofstream lines_{};
  std::optional<tensorboard_writer> board_{};
  std::string problem_{};
  bool open_{false};
};

}  // namespace ease::inline v1
