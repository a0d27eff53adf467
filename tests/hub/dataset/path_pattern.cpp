// SPDX-License-Identifier: Apache-2.0
#include <ease/hub/dataset/path_pattern.hpp>
#include <string>

#include "catch.hpp"

using ease::path_pattern;

TEST_CASE("a pattern matches what its parts say and nothing else") {
  struct row {
    char const* pattern;
    char const* path;
    bool matches;
  };
  for (auto const& [pattern, path, matches] : {row{"a/b.json", "a/b.json", true},
                                               row{"./a/b.json", "a/b.json", true},
                                               row{"*", "a/b", false},
                                               row{"a*", "a", true},
                                               row{"*a*b*c", "xaybzc", true},
                                               row{"*a*b*c", "xaybz", false},
                                               row{"**", "a/b/c", true},
                                               row{"**/c", "c", true},
                                               row{"**/c", "a/b/c", true},
                                               row{"a/**/c", "a/c", true},
                                               row{"a/**/c", "b/c", false},
                                               row{"a/**", "a", false},
                                               row{"**/a/**/b", "x/a/y/a/z/b", true},
                                               row{"**/a/*/b", "a/a/a/b", true},
                                               row{"[ab]c", "bc", true},
                                               row{"[!ab]c", "bc", false},
                                               row{"[a-c]", "b", true},
                                               row{"[]]", "]", true},
                                               row{"[", "[", true},
                                               row{"a[", "a[", true},
                                               row{"[a-]", "-", true},
                                               row{"?", "a", true},
                                               row{"?", "", false},
                                               row{"**", ".a/b", false},
                                               row{".a/**", ".a/b", true},
                                               row{"__a/b", "__a/b", true},
                                               row{"*/b", "__a/b", false},
                                               row{"*", "__b", true},
                                               row{"", "a", false}})
    CHECK((path_pattern{pattern}.matches(path) ? std::string{pattern} + " matches " + path
                                               : std::string{pattern} + " is not " + path) ==
          (matches ? std::string{pattern} + " matches " + path : std::string{pattern} + " is not " + path));
}

TEST_CASE("a pattern of many stars takes no longer than the product of the lengths") {
  std::string many, text(5'000, 'a');
  for (int i = 0; i < 1'000; ++i) many += "*a";
  CHECK_FALSE(path_pattern{many + "b"}.matches(text));
  std::string folders, deep;
  for (int i = 0; i < 1'000; ++i) folders += "**/a/", deep += "a/";
  CHECK_FALSE(path_pattern{folders + "b"}.matches(deep + "c"));
}
