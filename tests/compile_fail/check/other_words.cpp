// SPDX-License-Identifier: Apache-2.0
// expect: words that no compiler says
// the check says: the message does not say 'words that no compiler says'
int main() {
#ifndef EASE_SHOULD_COMPILE
  first();  // <- here
#endif
}
