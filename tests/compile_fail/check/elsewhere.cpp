// SPDX-License-Identifier: Apache-2.0
// expect: was not declared
// the check says: no line of the message starts with elsewhere.cpp:5
int main() {
  // <- here
#ifndef EASE_SHOULD_COMPILE
  first();
#endif
}
