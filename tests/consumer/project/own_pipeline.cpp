#include <ease/io/error.hpp>

int main() {}
