// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <ease/backend/openai/openai_key.hpp>
#include <type_traits>

#include "catch.hpp"

namespace {

// A key file in a folder of its own, gone at the end.
struct key_file {
  std::filesystem::path folder{std::filesystem::temp_directory_path() / ("ease-key-" + std::to_string(::getpid()))};
  std::filesystem::path file{folder / "key"};
  explicit key_file(std::string const& text, std::filesystem::perms allowed) {
    std::filesystem::create_directories(folder);
    std::ofstream{file} << text;
    std::filesystem::permissions(file, allowed);
  }
  ~key_file() { std::filesystem::remove_all(folder); }
};

constexpr auto mine = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

}  // namespace

TEST_CASE("a key file must be its owner's alone") {
  {
    key_file const good{"sk-from-a-file\n", mine};
    CHECK(ease::openai_key::from_file(good.file).header() == "Authorization: Bearer sk-from-a-file");
  }
  {
    key_file const open{"sk-from-a-file\n", mine | std::filesystem::perms::group_read};
    CHECK_THROWS_WITH(ease::openai_key::from_file(open.file), Catch::Contains("chmod 600") && !Catch::Contains("sk-from"));
  }
  {
    key_file const empty{"", mine};
    CHECK_THROWS_WITH(ease::openai_key::from_file(empty.file), Catch::Contains("is empty"));
  }
  CHECK_THROWS_WITH(ease::openai_key::from_file("/nonexistent/key"), "/nonexistent/key: the key file cannot be read");
}

TEST_CASE("a key that could end its header is refused without being shown") {
  ::setenv("OPENAI_API_KEY", "sk-secret\r\nX-Evil: 1", 1);
  CHECK_THROWS_WITH(ease::openai_key::from_environment(),
                    Catch::StartsWith("OPENAI_API_KEY: ") && !Catch::Contains("secret"));
  ::setenv("OPENAI_API_KEY", "sk-secret\n", 1);  // as $(cat file) without care leaves it
  CHECK(ease::openai_key::from_environment().header() == "Authorization: Bearer sk-secret");
  ::setenv("OPENAI_API_KEY", "", 1);
  CHECK(ease::openai_key::from_environment().empty());
  ::unsetenv("OPENAI_API_KEY");
  CHECK(ease::openai_key::from_environment().empty());
}

TEST_CASE("a key and its pieces are redacted") {
  ::setenv("OPENAI_API_KEY", "sk-0123456789abcdef", 1);
  auto const key = ease::openai_key::from_environment();
  ::unsetenv("OPENAI_API_KEY");
  CHECK(key.redact("key sk-0123456789abcdef!") == "key [key]!");
  CHECK(key.redact("key sk-01234***") == "key [key]***");
  CHECK(key.redact("sk-0123 is too short a piece") == "sk-0123 is too short a piece");
  CHECK(ease::openai_key{}.redact("nothing to hide") == "nothing to hide");
}
