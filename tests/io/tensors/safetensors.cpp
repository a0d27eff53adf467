// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <ease/io/tensors/safetensors.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

fs::path temporary(std::string const& name) {
  static test::temporary_folder const folder;
  return folder / name;
}
fs::path made(std::string const& header, std::string const& data, std::uint64_t says = ~std::uint64_t{0}) {
  auto const path = temporary("made.safetensors");
  std::uint64_t const length = says == ~std::uint64_t{0} ? header.size() : says;
  std::string prefix(8, '\0');
  std::memcpy(prefix.data(), &length, 8);
  std::ofstream{path, std::ios::binary} << prefix << header << data;
  return path;
}
std::string message_of(fs::path const& path) {
  try {
    ease::safetensors_file const file{path};
  } catch (ease::error const& e) {
    return e.what();
  }
  return "no error";
}
std::string const four(4, 'x');

}  // namespace

TEST_CASE("tensors are found by name, with dtype, shape and bytes") {
  ease::safetensors_file const file{made(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[2,1],"data_offsets":[2,4]},"a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}})",
      "wxyz")};
  REQUIRE(file.entries().size() == 2);
  CHECK(file.entries().front().name == "a");
  auto const* const b = file.find("b");
  REQUIRE(b != nullptr);
  CHECK(b->dtype == "U8");
  CHECK(b->shape == std::vector<std::int64_t>{2, 1});
  CHECK(std::memcmp(b->bytes.data(), "yz", 2) == 0);
  CHECK(file.find("c") == nullptr);
  CHECK(file.metadata().at("format") == "pt");
}

TEST_CASE("a safetensors file that lies is refused in one line that names it") {
  struct lie {
    std::string header, data, says;
  };
  auto const one = [](std::string const& body) { return "{\"t\":{" + body + "}}"; };
  for (
      lie const& l : {
          lie{one(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), four, "outside the file"},
          lie{one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), four, "outside the file"},
          lie{one(R"("dtype":"F32","shape":[1],"data_offsets":[-4,0])"), four, "outside the file"},
          lie{one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), four, "shape and dtype make 8 bytes, its offsets 4"},
          lie{one(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), four, "impossible shape"},
          lie{one(R"("dtype":"U8","shape":[281474976710656,281474976710656],"data_offsets":[0,4])"), four,
              "impossible shape"},
          lie{one(R"("dtype":"Q7","shape":[1],"data_offsets":[0,4])"), four, "unknown dtype 'Q7'"},
          lie{one(R"("dtype":"U8","shape":[4])"), four, "lacks dtype, shape or data_offsets"},
          lie{one(R"("dtype":"U8","shape":[4],"data_offsets":[0,4,4])"), four, "lacks dtype, shape or data_offsets"},
          lie{one(R"("dtype":"U8","shape":[2],"data_offsets":[0,2])"), four, "2 bytes after the last tensor"},
          lie{one(R"("dtype":"U8","shape":[2],"data_offsets":[2,4])"), four, "hole"},
          lie{R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
              four, "overlaps"},
          lie{R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
              four, "comes twice"},
          lie{"{\"t\":", four, "its header"},
          lie{"[]", four, "its header"},
          lie{"{\"t\":1}", four, "lacks"},
          lie{"{\"\xff\":1}", four, "its header"},
      }) {
    auto const path = made(l.header, l.data);
    auto const said = message_of(path);
    INFO(l.header);
    CHECK_THAT(said, Contains(l.says) && Contains(path.string()));
    CHECK(said.find('\n') == std::string::npos);
  }
  CHECK_THAT(message_of(made("{}", "", 3)), Contains("its header says 3 bytes, the file has"));
  CHECK_THAT(message_of(made("{}", "", ~std::uint64_t{0} - 1)), Contains("cut off"));
  auto const tiny = temporary("tiny.safetensors");
  std::ofstream{tiny} << "1234567";
  CHECK_THAT(message_of(tiny), Contains("7 bytes are too few"));
}

TEST_CASE("every cut of a sound file is refused") {
  std::string const header =
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})";
  REQUIRE(message_of(made(header, four)) == "no error");
  auto const path = made(header, four);
  for (auto size = fs::file_size(path); size > 0; --size) {
    fs::resize_file(path, size - 1);
    CHECK(message_of(path) != "no error");
  }
}

TEST_CASE("what is written is read back, aligned and without leftovers") {
  auto const path = temporary("written.safetensors");
  std::vector<float> const numbers{1, 2, 3, 4, 5, 6};
  std::vector<ease::safetensors_entry> tensors(2);
  tensors[0] = {"a \"quoted\" name", "F32", {2, 3}, std::as_bytes(std::span{numbers})};
  tensors[1] = {"none", "U8", {0}, {}};
  ease::write_safetensors(path, tensors);
  ease::safetensors_file const file{path};
  auto const* const read = file.find("a \"quoted\" name");
  REQUIRE(read != nullptr);
  CHECK(read->shape == tensors[0].shape);
  CHECK(std::memcmp(read->bytes.data(), numbers.data(), sizeof(float) * 6) == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(read->bytes.data()) % 8 == 0);
  CHECK(file.find("none") != nullptr);
  CHECK_THROWS_AS(ease::write_safetensors("/nowhere/x.safetensors", tensors), ease::error);
}

TEST_CASE("shards are read through their index") {
  ease::safetensors_folder const folder{fs::path{EASE_FIXTURES} / "llm" / "qwen3_sharded"};
  CHECK(folder.find("model.norm.weight") != nullptr);
  CHECK(folder.find("model.layers.1.mlp.up_proj.weight") != nullptr);
  CHECK(folder.entries().size() == 25);
}

TEST_CASE("an index that points outside its folder, or lies, is refused") {
  auto const folder = temporary("index");
  fs::create_directories(folder);
  std::vector<ease::safetensors_entry> const a{{"a", "U8", {0}, {}}};
  ease::write_safetensors(folder / "one.safetensors", a);
  ease::write_safetensors(temporary("outside.safetensors"), a);
  auto const message = [&](std::string const& map) -> std::string {
    std::ofstream{folder / "model.safetensors.index.json"} << map;
    try {
      ease::safetensors_folder const read{folder};
    } catch (ease::error const& e) {
      return e.what();
    }
    return "no error";
  };
  CHECK(message(R"({"weight_map":{"a":"one.safetensors"}})") == "no error");
  for (auto const* name : {"../outside.safetensors", "/etc/passwd", "..", "", "sub/one.safetensors", ".one"})
    CHECK_THAT(message(R"({"weight_map":{"a":")" + std::string{name} + "\"}}"), Contains("names no file of this folder"));
  CHECK_THAT(message(R"({"weight_map":{"a":1}})"), Contains("names no file of this folder"));
  CHECK_THAT(message(R"({"weight_map":{"b":"one.safetensors"}})"), Contains("tensor 'b' is not in one.safetensors"));
  CHECK_THAT(message(R"({"weight_map":{"a":"two.safetensors"}})"), Contains("two.safetensors"));
  CHECK_THAT(message("{}"), Contains("weight_map"));
  ease::write_safetensors(folder / "two.safetensors", a);
  CHECK_THAT(message(R"({"weight_map":{"a":"one.safetensors","a":"two.safetensors"}})"),
             Contains("in another shard as well"));
  CHECK_THROWS_WITH(ease::safetensors_folder{folder / "none"}, Contains("neither model.safetensors nor"));
}

// The error cases of the reference's own tests (safetensors/src/tensor.rs), as whole files.
TEST_CASE("what the reference refuses is refused, what it takes is taken") {
  std::string const four_by_four = R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}})";
  std::string const sixteen(16, '\0');
  std::string same_place = "{";
  for (int i = 0; i < 10; ++i)
    same_place +=
        (i == 0 ? "" : ",") + ("\"weight_" + std::to_string(i)) + R"(":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]})";
  struct example {
    std::string what, header, data;
    std::uint64_t says;  // as the header's length; ~0: the truth
    std::string answer;  // "no error", or what the error says
  };
  constexpr auto truth = ~std::uint64_t{0};
  for (example const& e : {
           example{"HeaderTooLarge", four_by_four, sixteen, 0xFFFFFF000000003C, "its header says"},
           example{"HeaderTooLarge, over 100 MB", four_by_four, sixteen, 100'000'001, "its header says"},
           example{"InvalidHeaderLength", "", "", 60, "its header says 60 bytes, the file has 8"},
           example{"InvalidHeader (not UTF-8)", "\xFF", "", truth, "its header"},
           example{"InvalidHeader (overlong UTF-8)", "{\"\xC0\xAF\":1}", "", truth, "its header"},
           example{"InvalidHeader (surrogate)", "{\"\\ud800\":1}", "", truth, "its header"},
           example{"InvalidHeaderDeserialization", "{", "", truth, "its header"},
           example{"empty header", "", "", 0, "its header"},
           example{"header nested without end", std::string(4000, '[') + std::string(4000, ']'), "", truth, "its header"},
           example{"MetadataIncompleteBuffer, bytes left over", four_by_four, sixteen + "extra_bogus_data_for_polyglot_file",
                   truth, "34 bytes after the last tensor"},
           example{"MetadataIncompleteBuffer, two bytes missing", four_by_four, sixteen.substr(2), truth,
                   "outside the file"},
           example{"InvalidOffset, ten tensors in one place", same_place + "}", sixteen, truth, "overlaps"},
           example{"TensorInvalidInfo", R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,4]}})", "1234", truth,
                   "shape and dtype make 16 bytes, its offsets 4"},
           example{"ValidationOverflow of the shape",
                   R"({"test":{"dtype":"I32","shape":[2,18446744073709551614],"data_offsets":[0,16]}})", sixteen, truth,
                   "impossible shape"},
           example{"ValidationOverflow of the bytes",
                   R"({"test":{"dtype":"I32","shape":[2,9223372036854775807],"data_offsets":[0,16]}})", sixteen, truth,
                   "impossible shape"},
           example{"offsets past 64 bits", R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551617]}})",
                   "1", truth, "its header"},
           example{"offsets that are no whole numbers", R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0.0,1.0]}})", "1",
                   truth, "outside the file"},
           example{"MisalignedSlice (F4, which is not read here)",
                   R"({"t":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}})", "1", truth, "unknown dtype 'F4'"},
           example{"metadata that is no text", R"({"__metadata__":{"a":1}})", "", truth, "__metadata__ holds"},
           example{"a huge shape of no elements",
                   R"({"t":{"dtype":"F64","shape":[0,281474976710656],"data_offsets":[0,0]}})", "", truth, "no error"},
           example{"a shape of no extents", R"({"test":{"dtype":"I32","shape":[],"data_offsets":[0,4]}})", "1234", truth,
                   "no error"},
           example{"an extent of zero", R"({"test":{"dtype":"I32","shape":[2,0],"data_offsets":[0, 0]}})", "", truth,
                   "no error"},
           example{"white space behind the header", "{}\r \t\n", "", truth, "no error"},
           example{"white space before the header", "\t\n{}\r ", "", truth, "no error"},
           example{"a sound file", four_by_four, sixteen, truth, "no error"},
       }) {
    INFO(e.what);
    CHECK_THAT(message_of(made(e.header, e.data, e.says)), Contains(e.answer));
  }
}

TEST_CASE("an index whose file names hold control characters is refused before a file is opened") {
  auto const folder = temporary("odd_names");
  fs::create_directories(folder);
  std::ofstream{folder / "model.safetensors.index.json"} << R"({"weight_map":{"a":"one\u001b[31m.safetensors"}})";
  CHECK_THROWS_WITH(ease::safetensors_folder{folder}, Contains("tensor 'a' names no file of this folder"));
}
