// SPDX-License-Identifier: Apache-2.0
// ease::train: a model from a folder learns one answer; the loss falls. Header-only as `train`, and with ease::compiled as `compiled`.
//     train MODEL
#include <ease/train.hpp>
#include <iostream>
#include <vector>

int main(int, char** argv) {
  auto model = ease::load_model(argv[1], at::kCPU, ease::precision::float32);
  ease::sft<ease::cpu> trainer{model, {.learning_rate = 1e-2, .epochs = 4, .precision = ease::training_precision::float32}};
  std::vector<ease::training_example> const rows(8, {{{ease::role::user, "name a colour"}}, ease::direct{"Blue."}});
  auto const report = trainer.train(rows);
  std::cout << report.training.first_loss << " -> " << report.training.last_loss << '\n';
  return report.training.last_loss < report.training.first_loss ? 0 : 1;
}
