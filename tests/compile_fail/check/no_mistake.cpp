// expect: anything
// the check says: the mistake compiles
int main() {}  // <- here
