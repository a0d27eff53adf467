// SPDX-License-Identifier: Apache-2.0
// What jemalloc reads when a program of ours starts. Training keeps freed memory (ease/train/step/memory.hpp): a piece may
// then be cut out of a kept one of up to 2^12 times its size (64 times, without this), so that tensors of other sizes each
// step find room in it: 14 % more memory than giving all back, instead of 70 %.
extern "C" {
extern char const* malloc_conf;
char const* malloc_conf = "lg_extent_max_active_fit:12";
}
