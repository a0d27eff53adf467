// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/gguf_writer.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using ease::ggml_type;

std::vector<std::byte> bytes(std::size_t count, int value) { return std::vector<std::byte>(count, std::byte(value)); }

void fill(ease::gguf_writer& w) {
  w.text("text", "hell\xC3\xB6");
  w.count("whole", 4'000'000'000U);
  w.number("real", 1e-5F);
  w.flag("yes", true);
  w.flag("no", false);
  w.texts("words", std::vector<std::string>{"a", "", "\xC4\xA0the"});
  w.integers("numbers", std::vector<std::int32_t>{-1, 2});
  w.tensor("odd", ggml_type::f16, {3, 1, 5});
  w.tensor("packed", ggml_type::q8_0, {2, 32});
  w.tensor("last", ggml_type::f32, {1});
  w.write(bytes(30, 1));
  w.write(bytes(34, 2));  // a tensor in two pieces
  w.write(bytes(34, 3));
  w.write(bytes(4, 4));
  w.commit();
}

}  // namespace

TEST_CASE("what is written is read back: metadata, shapes, types and bytes") {
  test::temporary_folder const folder;
  ease::gguf_writer w{folder / "a.gguf"};
  fill(w);
  CHECK(w.tensor_bytes() == 32 + 96 + 32);
  ease::gguf_file const file{folder / "a.gguf"};
  CHECK(file.version() == 3);
  CHECK(file.metadata().size() == 7);
  CHECK(file.text("text") == "hell\xC3\xB6");
  CHECK(file.integer("whole") == 4'000'000'000);
  CHECK(static_cast<float>(file.number("real").value()) == 1e-5F);
  CHECK(file.flag("yes") == true);
  CHECK(file.flag("no") == false);
  CHECK(file.texts("words") == std::vector<std::string_view>{"a", "", "\xC4\xA0the"});
  CHECK(file.integers("numbers") == std::vector<std::int64_t>{-1, 2});
  REQUIRE(file.tensors().size() == 3);
  auto const& odd = file.tensors()[0];
  CHECK(odd.name == "odd");
  CHECK(odd.type == ggml_type::f16);
  CHECK(odd.shape == std::vector<std::int64_t>{3, 1, 5});
  CHECK(std::memcmp(odd.bytes.data(), bytes(30, 1).data(), 30) == 0);
  auto const& packed = file.tensors()[1];
  CHECK(packed.shape == std::vector<std::int64_t>{2, 32});
  REQUIRE(packed.bytes.size() == 68);
  CHECK((packed.bytes[33] == std::byte{2} && packed.bytes[34] == std::byte{3}));
  CHECK(file.tensors()[2].bytes[0] == std::byte{4});
}

TEST_CASE("the same calls give the same bytes, aligned to 32, and nothing is left lying about") {
  test::temporary_folder const folder;
  for (auto const* name : {"a.gguf", "b.gguf"}) {
    ease::gguf_writer w{folder / name};
    fill(w);
  }
  auto const text = test::content(folder / "a.gguf");
  CHECK(text == test::content(folder / "b.gguf"));
  CHECK(text.size() % 32 == 0);
  CHECK(std::distance(fs::directory_iterator{folder.path()}, fs::directory_iterator{}) == 2);
}

TEST_CASE("a file without tensors, and one whose writing stops half way") {
  test::temporary_folder const folder;
  {
    ease::gguf_writer w{folder / "empty.gguf"};
    w.count("only", 1);
    w.commit();
  }
  CHECK(ease::gguf_file{folder / "empty.gguf"}.tensors().empty());
  auto const kept = folder.file("kept.gguf", "what was there");
  {
    ease::gguf_writer w{kept};
    w.tensor("t", ggml_type::f32, {2});
    w.write(bytes(4, 0));
    CHECK_THROWS_WITH(w.commit(), Contains("kept.gguf: tensor 't' has 8 bytes, 4 were given"));
  }
  CHECK(test::content(kept) == "what was there");
}

TEST_CASE("what would not be a sound file is refused by name") {
  test::temporary_folder const folder;
  ease::gguf_writer w{folder / "w.gguf"};
  w.count("key", 1);
  CHECK_THROWS_WITH(w.text("key", "again"), Contains("'key' comes twice"));
  CHECK_THROWS_WITH(w.tensor("t", ggml_type::q8_0, {32, 33}), Contains("tensor 't' has rows of 33") && Contains("Q8_0"));
  CHECK_THROWS_WITH(w.tensor("u", ggml_type::f32, {1, 1, 1, 1, 1}), Contains("tensor 'u' has 5 dimensions"));
  CHECK_THROWS_WITH(w.tensor("v", ggml_type::f32, {0}), Contains("an extent of 0"));
  CHECK_THROWS_WITH(w.tensor("w", static_cast<ggml_type>(4), {1}), Contains("a type that is not known"));
  w.tensor("x", ggml_type::f32, {2});
  CHECK_THROWS_WITH(w.tensor("x", ggml_type::f32, {2}), Contains("'x' comes twice"));
  CHECK_THROWS_WITH(w.write(bytes(9, 0)), Contains("tensor 'x' has 8 bytes, more were given"));
  w.write(bytes(8, 0));
  CHECK_THROWS_WITH(w.write(bytes(1, 0)), Contains("there is no tensor left for 1 bytes"));
  CHECK_THROWS_WITH(w.flag("late", true), Contains("'late' comes after the first tensor's bytes"));
  CHECK_THROWS_WITH((ease::gguf_writer{folder / "nowhere" / "w.gguf"}), Contains("there is no folder"));
}
