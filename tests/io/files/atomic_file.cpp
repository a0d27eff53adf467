// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <ease/io/files/atomic_file.hpp>
#include <iterator>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

using ease::atomic_file;

std::size_t files_in(std::filesystem::path const& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

}  // namespace

TEST_CASE("a file appears whole when it is committed") {
  test::temporary_folder const folder;
  std::string const big(3'000'000, 'x');
  {
    atomic_file out{folder / "a"};
    out.write("head\n");
    out.write(big);
    out.write("tail");
    CHECK(!std::filesystem::exists(folder / "a"));
    out.commit();
    CHECK_THROWS_WITH(out.write(big), Catch::Contains("it was closed already"));
  }
  CHECK(test::content(folder / "a") == "head\n" + big + "tail");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("without commit the old file stays and nothing is left behind") {
  test::temporary_folder const folder;
  auto const path = folder.file("a", "old");
  {
    atomic_file out{path};
    out.write(std::string(1'000'000, 'x'));
  }
  CHECK(test::content(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("the new file keeps the old one's permissions and a link to it") {
  test::temporary_folder const folder;
  auto const path = folder.file("a", "old");
  ::chmod(path.c_str(), 0640);
  std::filesystem::create_symlink("a", folder / "link");
  atomic_file out{folder / "link"};
  out.write("new");
  out.commit();
  CHECK(test::content(path) == "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::all) ==
        static_cast<std::filesystem::perms>(0640));
}

TEST_CASE("a file that cannot be written says which and why") {
  test::temporary_folder const folder;
  CHECK_THROWS_WITH(atomic_file{folder.path()},
                    "cannot write " + folder.path().string() + ": it is a folder, name a file in it");
  CHECK_THROWS_WITH(atomic_file{folder / "none/a"}, "cannot write " + (folder / "none/a").string() +
                                                        ": there is no folder " + (folder / "none").string() +
                                                        "; make it first");
}

TEST_CASE("a full disk is an error") {
  if (!std::filesystem::exists("/dev/full")) {
    WARN("skipped: there is no /dev/full here");
    return;
  }
  atomic_file out{"/dev/full"};
  out.write("a");
  CHECK_THROWS_WITH(out.commit(), "cannot write /dev/full: No space left on device");
}

TEST_CASE("a folder without permission is an error") {
  if (::geteuid() == 0) {
    WARN("skipped: permissions do not bind root");
    return;
  }
  test::temporary_folder const folder;
  ::chmod(folder.path().c_str(), 0500);
  CHECK_THROWS_WITH(atomic_file{folder / "a"}, "cannot write " + (folder / "a").string() + ": Permission denied");
  ::chmod(folder.path().c_str(), 0700);
}
