// SPDX-License-Identifier: Apache-2.0
// A GGUF file: tensors and texts lie inside it, tensors apart from each other; then what is read out of one: the model's
// shape, the tokeniser, expanded weights.
#include <array>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/gguf_writer.hpp>
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

// Any bytes as the second part of a split file: what is opened has the first part's metadata, and each tensor once.
void check_as_part(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const in;
  static auto const first = [] {
    auto const path = in / "m-00001-of-00002.gguf";
    ease::gguf_writer out{path};
    out.count("split.count", 2), out.count("split.no", 0);
    out.text("general.architecture", "llama");
    std::array<std::int64_t, 1> const shape{4};
    out.tensor("first", ease::ggml_type::f32, shape);
    out.write(std::vector<std::byte>(16));
    out.commit();
    return path;
  }();
  in.put("m-00002-of-00002.gguf", fuzz::text(data, size));
  for (auto const* name : {"m-00001-of-00002.gguf", "m-00002-of-00002.gguf"})
    fuzz::accepts(size, [&] {
      ease::gguf_file const file{in / name};
      // A file that says nothing of parts is a file of its own, whatever its name.
      if (file.path() != first && file.integer("split.count").value_or(1) <= 1) return;
      fuzz::must(file.paths().size() == 2 && file.path() == first, "both parts are open, the first one first");
      fuzz::must(file.text("general.architecture") == "llama", "the first part's metadata count");
      unsigned sum = 0;
      for (auto const& tensor : file.tensors()) {
        for (std::byte const b : tensor.bytes) sum += std::to_integer<unsigned>(b);
        fuzz::must(file.find(tensor.name) == &tensor, "a tensor is found by its name, once");
      }
      fuzz::must(file.find("first") != nullptr && sum <= 255 * size, "every byte can be read");
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::memory_file input;
  auto const path = input.holding(fuzz::text(data, size));
  check_as_part(data, size);
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
