// SPDX-License-Identifier: Apache-2.0
// expect: anything
// the check says: the mistake compiles
int main() {}  // <- here
