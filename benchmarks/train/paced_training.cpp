// SPDX-License-Identifier: Apache-2.0
// Full-parameter fine-tuning with the shape of SmolLM2-135M, one optimiser step at a time, so that a script can take turns
// between this and a peer: benchmarks/train/compare.
//   bench_paced_training PRECISION ROWS_A_STEP FILE [ranks]
// FILE has a row a line: the number of leading tokens that are not trained, then the token ids. Prints "ready" after a first
// step, and for each line on stdin the next step's "tokens target_tokens seconds cpu_seconds"; for the line "rate" the
// operations a CPU second of the step's own matrix products, forwards. With "ranks" it is a rank of a job (see ddp.hpp).
#include <ATen/ATen.h>
#include <time.h>

#include <cstdlib>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/distributed/gloo.hpp>
#include <ease/train/trainer.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "smollm2_shape.hpp"

using namespace ease;

namespace {

std::vector<tokenized_example> read_rows(char const* file) {
  std::ifstream in{file};
  std::vector<tokenized_example> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::size_t untrained = 0;
    words >> untrained;
    auto& row = rows.emplace_back();
    for (token_id id = 0; words >> id;) {
      row.loss_mask.push_back(row.ids.size() >= untrained ? 1 : 0);
      row.ids.push_back(id);
    }
  }
  if (rows.empty()) throw error{"{}: no rows", file};
  return rows;
}

training_precision named(std::string const& name) {
  if (name == "float32") return training_precision::float32;
  if (name == "bfloat16") return training_precision::bfloat16;
  if (name == "mixed") return training_precision::mixed;
  throw error{"precision {}: float32, bfloat16 or mixed", name};
}

// Of this process, all threads: on a machine that others use too it says more than the clock on the wall.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Floating-point operations a CPU second of x W^T over the step's own widths, each as often as the model has it.
double matrix_rate(at::ScalarType type, std::int64_t tokens) {
  auto const c = smollm2_135m();
  double operations = 0, seconds = 0;  // seconds of the CPU, over the threads
  auto const measure = [&](std::int64_t in, std::int64_t out, std::int64_t times) {
    auto const x = at::randn({tokens, in}).to(type), w = at::randn({out, in}).to(type);
    at::linear(x, w);
    auto const start = cpu_seconds();
    at::linear(x, w);
    seconds += (cpu_seconds() - start) * static_cast<double>(times);
    operations += 2.0 * static_cast<double>(tokens * in * out * times);
  };
  measure(c.hidden, c.heads * c.head_dim, 2 * c.layers);     // q, o
  measure(c.hidden, c.kv_heads * c.head_dim, 2 * c.layers);  // k, v
  measure(c.hidden, c.intermediate, 2 * c.layers);           // gate, up
  measure(c.intermediate, c.hidden, c.layers);               // down
  measure(c.hidden, c.vocab, 1);
  return operations / seconds;
}

template <class Device>
void serve(std::string const& precision_name, std::size_t rows_a_step, char const* file) {
  auto const rows = read_rows(file);
  auto const precision = named(precision_name);
  auto net = random_decoder(smollm2_135m(), 1);
  bool first = true;
  double cpu_start = 0;
  training_options const options{.learning_rate = 1e-5,
                                 .epochs = 1e6,
                                 .batch_size = rows_a_step,
                                 .gradient_accumulation_steps = 1,
                                 .warmup_ratio = 0,
                                 .precision = precision};
  trainer<Device> teacher{options, [&](training_step const& s) {
                            if (std::exchange(first, false))
                              std::cout << "ready" << std::endl;
                            else
                              std::cout << s.tokens << ' ' << s.target_tokens << ' ' << s.seconds << ' '
                                        << cpu_seconds() - cpu_start << std::endl;
                            for (std::string line; std::getline(std::cin, line);) {
                              cpu_start = cpu_seconds();
                              if (line != "rate") return;
                              auto const type = precision == training_precision::float32 ? at::kFloat : at::kBFloat16;
                              std::cout << matrix_rate(type, 1024) << std::endl;
                            }
                            std::_Exit(0);
                          }};
  teacher.train(net, rows);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: bench_paced_training float32|bfloat16|mixed ROWS_A_STEP FILE [ranks]\n";
    return 2;
  }
  try {
    auto const rows = static_cast<std::size_t>(std::atoi(argv[2]));
    argc > 4 ? serve<ddp<ease::gloo>>(argv[1], rows, argv[3]) : serve<cpu>(argv[1], rows, argv[3]);
  } catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
