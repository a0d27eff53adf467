// SPDX-License-Identifier: Apache-2.0
// expect: these_two_do_not_add_up
// A small mistake with a good message.
template <class First, class Second>
concept these_two_do_not_add_up = false;
struct apples {};
struct pears {};
template <class First, class Second>
  requires these_two_do_not_add_up<First, Second>
void operator+(First, Second);
#ifdef EASE_SHOULD_COMPILE
void operator+(apples, pears) {}
#endif
int main() {
  apples{} + pears{};  // <- here
}
