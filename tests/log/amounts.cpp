// SPDX-License-Identifier: Apache-2.0
#include <ease/log/amounts.hpp>
#include <string>

#include "catch.hpp"

using namespace ease;

TEST_CASE("amounts have units that fit") {
  CHECK(time_text(0.2) == "1 s");
  CHECK(time_text(80) == "80 s");
  CHECK(time_text(720) == "12 min");
  CHECK(time_text(12600) == "3.5 h");
  CHECK(time_text(200000) == "2.3 days");
  CHECK(counted(0, "stage") == "0 stages");
  CHECK(counted(1, "stage") == "1 stage");
  CHECK(counted(2, "row") == "2 rows");
  CHECK(parameters_text(0) == "0");
  CHECK(parameters_text(999) == "999");
  CHECK(parameters_text(9'600) == "9.6 K");
  CHECK(parameters_text(999'949) == "999.9 K");
  CHECK(parameters_text(999'950) == "1.0 M");
  CHECK(parameters_text(134'515'008) == "134.5 M");
}
