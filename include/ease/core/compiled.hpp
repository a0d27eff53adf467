// SPDX-License-Identifier: Apache-2.0
#pragma once
// Two ways to use the library. Header-only, the default: nothing to build or link, and every file that uses a model or a
// trainer compiles it. Compiled: the CMake target ease::compiled builds the definitions in the .ipp files once and defines
// EASE_COMPILED for whoever links it, whose files then see declarations alone and compile in a fraction of the time. It
// holds trainers and generators for cpu, cuda and ddp<gloo>; for a device or an exchange backend of your own, include the
// .ipp next to the header in one file.
#ifdef EASE_COMPILED
#define EASE_INLINE
#else
#define EASE_INLINE inline
#endif
