// SPDX-License-Identifier: Apache-2.0
#pragma once
// simdjson, without its parsers for other processors than this file is compiled for: the header of version 3.0 has all of
// them, a third of its compile time. Which parser finds the structure of a text is still chosen when a program runs, by the
// library; this is about what is inlined.
#if !defined __SSE4_2__ && !defined SIMDJSON_IMPLEMENTATION_WESTMERE
#define SIMDJSON_IMPLEMENTATION_WESTMERE 0
#endif
#if !defined __AVX2__ && !defined SIMDJSON_IMPLEMENTATION_HASWELL
#define SIMDJSON_IMPLEMENTATION_HASWELL 0
#endif
#if !defined __AVX512F__ && !defined SIMDJSON_IMPLEMENTATION_ICELAKE
#define SIMDJSON_IMPLEMENTATION_ICELAKE 0
#endif
#include <simdjson.h>
