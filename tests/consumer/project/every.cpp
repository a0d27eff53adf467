// SPDX-License-Identifier: Apache-2.0
// ease::ease: <ease/ease.hpp> is all the layers that are linked.
#include <ease/ease.hpp>
#include <iostream>

int main() {
  static_assert(ease::text_generator<ease::torch_generator<ease::cpu>> && ease::sft_trainer<ease::folder_trainer<>>);
  std::cout << ease::version_text << '\n';
}
