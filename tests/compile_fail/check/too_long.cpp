// SPDX-License-Identifier: Apache-2.0
// expect: no match for
// the check says: bytes, at most 1500 are wanted
#include <iostream>
struct apples {};
int main() {
#ifndef EASE_SHOULD_COMPILE
  std::cout << apples{};  // <- here
#endif
}
