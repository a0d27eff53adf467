// SPDX-License-Identifier: Apache-2.0
// A GGUF file: tensors and texts lie inside it, tensors apart from each other; then what is read out of one: the model's
// shape, the tokeniser, expanded weights.
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <vector>

#include "harness.hpp"

namespace {

void check_tensors(ease::gguf_file const& file, std::size_t size) {
  std::size_t total = 0;
  for (auto const& tensor : file.tensors()) {
    total += tensor.bytes.size();
    unsigned sum = 0;
    for (std::byte const b : tensor.bytes) sum += std::to_integer<unsigned>(b);
    fuzz::must(sum <= 255 * tensor.bytes.size(), "every byte can be read");
    fuzz::must(file.find(tensor.name) == &tensor, "a tensor is found by its name");
    std::size_t elements = 1;
    for (auto const extent : tensor.shape) elements *= static_cast<std::size_t>(extent);
    fuzz::must(elements <= tensor.bytes.size() * 8, "a shape fits its bytes");
    std::vector<float> out(elements);
    ease::dequantise(tensor.type, tensor.bytes, out);
  }
  fuzz::must(total <= size, "tensors do not overlap and lie inside the file");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::memory_file input;
  auto const path = input.holding(fuzz::text(data, size));
  fuzz::accepts(size, [&] {
    ease::gguf_file const file{path};
    std::size_t texts = 0;
    for (auto const& [key, value] : file.metadata()) {
      texts += key.size();
      if (auto const* text = std::get_if<std::string_view>(&value)) texts += text->size();
    }
    fuzz::must(texts <= size, "texts lie inside the file");
    check_tensors(file, size);
    fuzz::accepts(size, [&] { (void)ease::read_config(file); });
    fuzz::accepts(size, [&] {
      auto const tok = ease::tokenizer::from_gguf(ease::read_vocabulary(file));
      for (auto const id : tok.encode("Hello <|im_end|> w\xC3\xB6rld 123"))
        fuzz::must(id >= 0 && static_cast<std::size_t>(id) < tok.size(), "an id is one of the vocabulary");
    });
  });
  return 0;
}
