// SPDX-License-Identifier: Apache-2.0
// One optimiser step of full-parameter fine-tuning with the shape of SmolLM2-135M: tokens a second, by
// precision and by rows a step.
#include <cstdint>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/trainer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "measures.hpp"
#include "smollm2_shape.hpp"

using namespace ease;

namespace {

// A third of a row's tokens are trained.
measures::measure optimiser_step(std::string name, training_precision precision, std::size_t rows, std::size_t length) {
  return {std::move(name), "tokens", [=]() -> measures::work {
            constexpr std::size_t steps = 3;
            std::vector<tokenized_example> data;
            for (std::size_t i = 0; i < rows * steps; ++i) {
              tokenized_example row;
              for (std::size_t k = 0; k < length; ++k) {
                row.ids.push_back(static_cast<token_id>((i * 7919 + k * 104729) % 49000));
                row.loss_mask.push_back(k >= length - length / 3 ? 1 : 0);
              }
              data.push_back(std::move(row));
            }
            auto const net = std::make_shared<decoder>(random_decoder(smollm2_135m(), 1));
            return [=]() -> measures::done {
              measures::done all;
              std::size_t seen = 0;
              trainer<cpu> teacher{{.learning_rate = 1e-5,
                                    .epochs = 1,
                                    .batch_size = rows,
                                    .gradient_accumulation_steps = 1,
                                    .precision = precision},
                                   [&](training_step const& s) {
                                     if (seen++ % steps == 0) return;  // the first step of a run allocates
                                     all.amount += static_cast<double>(s.tokens), all.seconds += s.seconds;
                                   }};
              teacher.train(*net, data);
              return all;
            };
          }};
}

}  // namespace

int main(int argc, char** argv) {
  using enum training_precision;
  return measures::serve(argc, argv,
                         {optimiser_step("float32_4x256", float32, 4, 256), optimiser_step("mixed_2x512", mixed, 2, 512),
                          optimiser_step("mixed_4x256", mixed, 4, 256), optimiser_step("mixed_16x256", mixed, 16, 256),
                          optimiser_step("bfloat16_4x256", bfloat16, 4, 256)});
}
