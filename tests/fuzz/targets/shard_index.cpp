// SPDX-License-Identifier: Apache-2.0
// model.safetensors.index.json: whatever it says, only sound files of its own folder are opened, and no tensor comes twice.
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const outer;
  static auto const inside = [] {
    auto const folder = outer / "model";
    std::filesystem::create_directories(folder);
    std::vector<std::byte> const bytes(4);
    auto const write = [&](std::filesystem::path const& path, char const* name) {
      std::vector<ease::safetensors_entry> const one{{name, "U8", {4}, bytes}};
      ease::write_safetensors(path, one);
    };
    write(folder / "one.safetensors", "a");
    write(folder / "two.safetensors", "b");
    write(outer / "outside.safetensors", "secret");
    return folder;
  }();
  outer.put("model/model.safetensors.index.json", fuzz::text(data, size));
  fuzz::accepts(size, [&] {
    ease::safetensors_folder const read{inside};
    fuzz::must(read.find("secret") == nullptr, "no file outside the folder is read");
    for (auto const& [name, entry] : read.entries())
      fuzz::must((name == "a" || name == "b") && entry->bytes.size() == 4, "tensors are those of the shards");
  });
  return 0;
}
