// SPDX-License-Identifier: Apache-2.0
// expect: was not declared
// the check says: with EASE_SHOULD_COMPILE it must compile, and does not
int main() {
  first();  // <- here
}
