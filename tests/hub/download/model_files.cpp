// SPDX-License-Identifier: Apache-2.0
#include <ease/core/error.hpp>
#include <ease/hub/download/model_files.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;
using test::temporary_folder;

namespace {

hub_file listed(std::string_view path) { return {.path = std::string{path}, .size = 1, .etag = {}}; }
std::string index_of(std::string_view shard) { return R"({"weight_map":{"a":")" + std::string{shard} + "\"}}"; }

}  // namespace

// What is downloaded is what can be opened: both read the index in one place.
TEST_CASE("shards are downloaded that the reader of the folder takes and no others") {
  auto const name = *hub_name::parse("org/name", hub_kind::model);
  for (std::string const shard : {"one.safetensors", "sub/one.safetensors", "../one.safetensors", ".one", "a\\\\b"}) {
    temporary_folder const folder;
    folder.file(weights_index_name, index_of(shard));
    std::vector<hub_file> const all{listed(weights_index_name), listed(shard)};
    auto const refused_by = [](auto const& work) {
      try {
        work();
      } catch (error const& e) {
        return std::string{e.what()}.find("names no file of this folder") != std::string::npos;
      }
      return false;
    };
    auto const sound = shard == "one.safetensors";
    CHECK(refused_by([&] { (void)weight_files(all, folder.path(), name); }) != sound);
    CHECK(refused_by([&] { (void)safetensors_folder{folder.path()}; }) != sound);
    if (sound) CHECK(weight_files(all, folder.path(), name).front().path == shard);
  }
}

TEST_CASE("a commit is forty digits of a hash and nothing else is") {
  std::string const commit(40, 'a');
  CHECK(detail::is_commit(commit));
  CHECK(detail::is_hash(commit, digest_kind::git_blob));
  CHECK(detail::is_hash(std::string(64, '0'), digest_kind::sha256));
  CHECK_FALSE(detail::is_hash(commit, digest_kind::sha256));
  for (auto const& other :
       {std::string(39, 'a'), std::string(41, 'a'), std::string(40, 'A'), std::string(40, 'g'), std::string{}})
    CHECK_FALSE(detail::is_commit(other));
}
