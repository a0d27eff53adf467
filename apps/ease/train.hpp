#pragma once
// Training as the commands call it, without libtorch in the header: read a model, train it on the examples, write it.
#include <cstddef>
#include <cstdint>
#include <ease/method/finetune.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ease::app {

// The published script's options and defaults (distill_slm_safety.py).
struct train_options {
  double learning_rate{1e-5};
  double epochs{2};
  std::size_t batch_size{2};
  std::size_t accumulation{8};
  std::size_t max_length{8192};
  double warmup_ratio{0.03};
  double weight_decay{0.01};
  double clip_norm{1.0};
  std::string schedule{"cosine"};  // cosine | linear | constant
  std::uint64_t seed{42};
  std::string precision{"auto"};  // auto | float32 | bfloat16 | mixed
  std::string device{"auto"};
  std::string chat{};  // a chat family's name; empty: that of the model's own template
  std::optional<bool> gradient_checkpointing{};
  int threads{0};         // on this machine
  int nproc{1};           // processes that train together, started by in_ranks
  bool overwrite{false};  // an existing model folder may be replaced
};

struct train_progress {
  std::size_t step{0}, steps{0};
  double loss{0}, learning_rate{0}, gradient_norm{0}, tokens_per_second{0};
};

struct train_result {
  std::size_t examples{0}, trained_rows{0}, reasoned{0}, empty_answers{0}, too_long{0}, nothing_trained{0};
  std::size_t steps{0}, tokens{0}, trained_tokens{0};
  double first_loss{0}, last_loss{0}, seconds{0};
  double peak_gigabytes{0};
  std::string precision{};
  std::string json() const;
};

// An `sft_trainer` (method/finetune.hpp): loads `model`, trains, saves to `out`.
class file_trainer {
 public:
  using report = train_result;
  file_trainer(std::string model, std::string out, train_options options,
               std::function<void(train_progress const&)> watch = {});
  report train(std::vector<training_example> const& rows);

 private:
  std::string model_, out_;
  train_options options_;
  std::function<void(train_progress const&)> watch_;
};

}  // namespace ease::app
