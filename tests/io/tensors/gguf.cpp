// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstring>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/gguf_writer.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

// Writes the format's primitives one after another.
struct bytes {
  std::string text;
  template <class T>
  bytes& put(T value) {
    text.append(reinterpret_cast<char const*>(&value), sizeof value);
    return *this;
  }
  bytes& u32(std::uint32_t v) { return put(v); }
  bytes& u64(std::uint64_t v) { return put(v); }
  bytes& string(std::string const& s) { return u64(s.size()), text += s, *this; }
  bytes& header(std::uint64_t tensors, std::uint64_t values, std::uint32_t version = 3) {
    text += "GGUF";
    return u32(version).u64(tensors).u64(values);
  }
  bytes& tensor(std::string const& name, std::vector<std::uint64_t> const& shape, std::uint32_t type, std::uint64_t offset) {
    string(name).u32(static_cast<std::uint32_t>(shape.size()));
    for (auto const extent : shape) u64(extent);
    return u32(type).u64(offset);
  }
  bytes& data(std::size_t size) {
    text.append((32 - text.size() % 32) % 32, '\0');
    text.append(size, 'd');
    return *this;
  }
};

fs::path made(bytes const& b) {
  static test::temporary_folder const folder;
  return folder.file("made.gguf", b.text);
}
std::string message_of(bytes const& b) {
  try {
    ease::gguf_file const file{made(b)};
  } catch (ease::error const& e) {
    return e.what();
  }
  return "no error";
}
bytes sound() {
  bytes b;
  b.header(2, 7);
  b.string("text").u32(8).string("hello");
  b.string("whole").u32(4).u32(7);
  b.string("negative").u32(1).put(std::int8_t{-3});
  b.string("real").u32(6).put(0.5F);
  b.string("yes").u32(7).put(std::uint8_t{1});
  b.string("words").u32(9).u32(8).u64(2).string("a").string("");
  b.string("numbers").u32(9).u32(5).u64(2).put(std::int32_t{-1}).put(std::int32_t{2});
  b.tensor("wide", {4, 2}, 0, 0).tensor("packed", {32}, 8, 32);
  return b.data(32 + 34);
}

}  // namespace

TEST_CASE("metadata and tensors of a GGUF file are read by name and type") {
  ease::gguf_file const file{made(sound())};
  CHECK(file.version() == 3);
  CHECK(file.text("text") == "hello");
  CHECK(file.integer("whole") == 7);
  CHECK(file.integer("negative") == -3);
  CHECK(file.number("real") == 0.5);
  CHECK(file.number("whole") == 7.0);
  CHECK(file.flag("yes") == true);
  CHECK(file.texts("words") == std::vector<std::string_view>{"a", ""});
  CHECK(file.integers("numbers") == std::vector<std::int64_t>{-1, 2});
  CHECK_FALSE(file.integer("absent"));
  CHECK(file.texts("absent").empty());
  CHECK_THROWS_WITH(file.integer("text"), Contains("metadata 'text' is not an integer"));
  CHECK_THROWS_WITH(file.texts("numbers"), Contains("not a list of texts"));
  auto const* const wide = file.find("wide");
  REQUIRE(wide != nullptr);
  CHECK(wide->shape == std::vector<std::int64_t>{2, 4});
  CHECK(wide->bytes.size() == 32);
  auto const* const packed = file.find("packed");
  REQUIRE(packed != nullptr);
  CHECK(packed->type == ease::ggml_type::q8_0);
  CHECK(packed->bytes.size() == 34);
}

TEST_CASE("a GGUF file of version 2 is read") {
  bytes b = sound();
  b.text[4] = 2;
  CHECK(message_of(b) == "no error");
}

TEST_CASE("a GGUF file that lies is refused in one line that names it") {
  std::uint64_t const huge = std::uint64_t{1} << 60U;
  struct lie {
    bytes file;
    std::string says;
  };
  for (lie const& l : {
           lie{bytes{"GGML"}, "does not begin with 'GGUF'"},
           lie{bytes{}.header(0, 0, 1), "version 1"},
           lie{bytes{}.header(0, 0, 0x03000000), "version"},
           lie{bytes{}.header(huge, 0), "tensors cannot fit"},
           lie{bytes{}.header(0, huge), "metadata values cannot fit"},
           lie{bytes{}.header(0, 1).u64(huge).u64(0), "a metadata key needs"},
           lie{bytes{}.header(0, 1).string("k").u32(99).u64(0), "unknown type 99"},
           lie{bytes{}.header(0, 1).string("k").u32(9).u32(8).u64(huge), "cannot fit"},
           lie{bytes{}.header(0, 1).string("k").u32(9).u32(9).u64(1), "unknown type 9"},
           lie{bytes{}.header(0, 2).string("k").u32(4).u32(1).string("k").u32(4).u32(1), "'k' comes twice"},
           lie{bytes{}.header(0, 1).string("general.alignment").u32(4).u32(24), "general.alignment is 24"},
           lie{bytes{}.header(0, 1).string("split.count").u32(2).put(std::uint16_t{3}), "merge them"},
           lie{bytes{}.header(1, 0).tensor("t", {4}, 0, 32).data(32), "outside the file"},
           lie{bytes{}.header(1, 0).tensor("t", {4}, 0, 4).data(32), "outside the file"},
           lie{bytes{}.header(1, 0).tensor("t", {4}, 0, ~std::uint64_t{31}).data(32), "outside the file"},
           lie{bytes{}.header(1, 0).tensor("t", {huge}, 0, 0).data(32), "impossible shape"},
           lie{bytes{}.header(1, 0).tensor("t", {1U << 30U, 1U << 30U, 1U << 30U}, 0, 0).data(32), "impossible shape"},
           lie{bytes{}.header(1, 0).tensor("t", {1, 1, 1, 1, 1}, 0, 0).data(32), "5 dimensions"},
           lie{bytes{}.header(1, 0).tensor("t", {33}, 8, 0).data(64), "not whole blocks of Q8_0"},
           lie{bytes{}.header(1, 0).tensor("t", {32}, 16, 0).data(64),
               "GGUF type 16, which is not supported; supported: F32"},
           lie{bytes{}.header(1, 0).tensor("a\nb\xff", {32}, 16, 0).data(64), "tensor 'a b?' has GGUF type 16"},
           lie{bytes{}.header(1, 0).tensor("a\nb", {33}, 8, 0).data(64), "tensor 'a b' has rows of 33"},
           lie{bytes{}.header(2, 0).tensor("t", {4}, 0, 0).tensor("t", {4}, 0, 32).data(64), "'t' comes twice"},
           lie{bytes{}.header(2, 0).tensor("t", {16}, 0, 0).tensor("u", {4}, 0, 32).data(64), "overlap"},
       }) {
    auto const said = message_of(l.file);
    CHECK_THAT(said, Contains(l.says) && Contains("made.gguf"));
    CHECK(said.find('\n') == std::string::npos);
  }
}

// The hand-made files of llama.cpp's tests (tests/test-gguf.cpp) that are not in the table above.
TEST_CASE("what llama.cpp's own tests refuse is refused, what they take is taken") {
  auto const all = ~std::uint64_t{0};
  std::string const alignment = "general.alignment";
  struct example {
    std::string what;
    bytes file;
    std::string answer;  // "no error", or what the error says
  };
  for (example const& e : {
           example{"HEADER_BAD_MAGIC", bytes{"FUGG"}.u32(3).u64(0).u64(0), "does not begin with 'GGUF'"},
           example{"HEADER_BAD_VERSION_0", bytes{}.header(0, 0, 0), "version 0"},
           example{"HEADER_BAD_VERSION_FUTURE", bytes{}.header(0, 0, 4), "version 4"},
           example{"HEADER_BAD_N_TENSORS", bytes{}.header(all, 0), "tensors cannot fit"},
           example{"HEADER_BAD_N_KV", bytes{}.header(0, all), "metadata values cannot fit"},
           example{"HEADER_EMPTY", bytes{}.header(0, 0), "no error"},
           example{"KV_BAD_KEY_SIZE", bytes{}.header(0, 1).u64(all).u64(0), "a metadata key needs"},
           example{"KV_BAD_VALUE_SIZE", bytes{}.header(0, 1).string("k").u32(8).u64(all), "k needs 18446744073709551615"},
           example{"KV_EMPTY_KEY", bytes{}.header(0, 1).string("").u32(4).u32(1),
                   "no error"},  // harmless: nobody asks for it
           example{"KV_BAD_TYPE", bytes{}.header(0, 1).string("k").u32(13).u64(0), "unknown type 13"},
           example{"KV_BAD_ALIGN", bytes{}.header(0, 1).string(alignment).u32(4).u32(13), "general.alignment is 13"},
           example{"KV_BAD_ALIGN, zero", bytes{}.header(0, 1).string(alignment).u32(4).u32(0), "general.alignment is 0"},
           example{"KV_WRONG_TYPE_ALIGN", bytes{}.header(0, 1).string(alignment).u32(8).string("32"), "is not an integer"},
           example{"TENSORS_BAD_NAME_SIZE", bytes{}.header(1, 0).u64(all).u64(0).u64(0).u64(0), "a tensor name needs"},
           example{"TENSORS_BAD_N_DIMS", bytes{}.header(1, 0).string("t").u32(5).u64(1).u64(1), "5 dimensions"},
           example{"TENSORS_BAD_N_DIMS, none", bytes{}.header(1, 0).tensor("t", {}, 0, 0).data(32), "0 dimensions"},
           example{"TENSORS_BAD_SHAPE", bytes{}.header(1, 0).tensor("t", {all}, 0, 0).data(32), "impossible shape"},
           example{"TENSORS_ZERO_DIM", bytes{}.header(1, 0).tensor("t", {0}, 0, 0).data(0), "no error"},
           example{"TENSORS_NE_TOO_BIG",
                   bytes{}.header(1, 0).tensor("t", {1U << 31U, 1U << 31U, 1U << 31U, 1U << 31U}, 0, 0).data(32),
                   "impossible shape"},
           example{"TENSORS_NBYTES_TOO_BIG",
                   bytes{}.header(1, 0).tensor("t", {std::uint64_t{1} << 48U, 1U << 15U}, 0, 0).data(32), "t'"},
           example{"TENSORS_BAD_TYPE", bytes{}.header(1, 0).tensor("t", {4}, 4, 0).data(32), "GGUF type 4"},
           example{"TENSORS_BAD_OFFSET", bytes{}.header(1, 0).tensor("t", {4}, 0, 1).data(32), "outside the file"},
           example{"TENSORS_DUPLICATE_NAME", bytes{}.header(2, 0).tensor("t", {4}, 0, 0).tensor("t", {4}, 0, 32).data(64),
                   "'t' comes twice"},
           example{"TENSORS_INCONSISTENT_ALIGN",  // the second would lie at 1, if it were not for the alignment of 32
                   bytes{}.header(2, 0).tensor("t", {1}, 24, 0).tensor("u", {1}, 24, 1).data(64), "GGUF type 24"},
           example{"TENSORS_INCONSISTENT_ALIGN, F16",
                   bytes{}.header(2, 0).tensor("t", {1}, 1, 0).tensor("u", {1}, 1, 2).data(64), "outside the file"},
           example{"DATA_NOT_ENOUGH_DATA", bytes{}.header(1, 0).tensor("t", {16}, 0, 0).data(32), "outside the file"},
           example{"DATA_MEM_SIZE_OVERFLOW",
                   bytes{}.header(2, 0).tensor("t", {0x7FFFFFFFFFFFFFC0}, 0, 0).tensor("u", {0x7FFFFFFFFFFFFFC0}, 0, 32),
                   "impossible shape"},
           example{"DATA_CUSTOM_ALIGN", bytes{}.header(1, 1).string(alignment).u32(4).u32(1).tensor("t", {4}, 0, 0).data(16),
                   "no error"},
       }) {
    INFO(e.what);
    CHECK_THAT(message_of(e.file), Contains(e.answer));
  }
}

TEST_CASE("every cut of a sound GGUF file is refused") {
  bytes b = sound();
  while (!b.text.empty()) {
    b.text.pop_back();
    CHECK(message_of(b) != "no error");
  }
}

namespace {

// A part of a split file, with one tensor of four numbers.
void write_part(fs::path const& path, std::uint32_t number, std::uint32_t count, std::string const& tensor) {
  ease::gguf_writer out{path};
  out.count("split.no", number), out.count("split.count", count);
  out.text("general.name", tensor);
  out.tensor(tensor, ease::ggml_type::f32, {4});
  out.write(std::vector<std::byte>(16));
  out.commit();
}

}  // namespace

TEST_CASE("a split file is opened by any of its parts, whole or not at all") {
  test::temporary_folder const at;
  auto const part = [&](int i) { return at / fmt::format("m-0000{}-of-00003.gguf", i); };
  auto const refusal = [&](fs::path const& path) {
    try {
      ease::gguf_file const file{path};
    } catch (ease::error const& e) {
      return std::string{e.what()};
    }
    return std::string{};
  };
  for (std::uint32_t i = 0; i < 3; ++i)
    write_part(part(static_cast<int>(i) + 1), i, 3, std::string(1, static_cast<char>('a' + i)));
  for (int const named : {1, 2, 3}) {
    ease::gguf_file const file{part(named)};
    CHECK(file.tensors().size() == 3);
    CHECK(file.find("b") != nullptr);
    CHECK(file.text("general.name") == "a");  // the first part's
    CHECK(file.path() == part(1));
    CHECK(file.paths() == std::vector<fs::path>{part(1), part(2), part(3)});
  }
  write_part(part(2), 1, 3, "c");
  CHECK_THAT(refusal(part(1)), Catch::Contains("tensor 'c' is in another part as well"));
  write_part(part(2), 2, 3, "b");
  CHECK_THAT(refusal(part(1)), Catch::Contains("m-00002-of-00003.gguf: not part 2 of 3"));
  fs::remove(part(2));
  CHECK_THAT(refusal(part(3)), Catch::Contains("3 parts 1 are not there: m-00002-of-00003.gguf"));
  fs::rename(part(3), at / "renamed.gguf");
  CHECK_THAT(refusal(at / "renamed.gguf"), Catch::Contains("part 3 of 3 of a split GGUF, by another name"));
  std::ofstream{at / "pointer.gguf"} << "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
  CHECK_THAT(refusal(at / "pointer.gguf"), Catch::Contains("Git LFS pointer"));
}
