// SPDX-License-Identifier: Apache-2.0
// expect: was not declared
// the check says: 2 errors instead of one
int main() {
#ifndef EASE_SHOULD_COMPILE
  first();  // <- here
  second();
#endif
}
