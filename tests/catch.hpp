// SPDX-License-Identifier: Apache-2.0
#pragma once
// Catch2 version 2 (Debian 12) and version 3 name their header differently; every test includes this one.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
