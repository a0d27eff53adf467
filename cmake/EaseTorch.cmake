# SPDX-License-Identifier: Apache-2.0
# libtorch as one imported target, ease::torch, from the folder of a wheel (torch/include, torch/lib) or of a libtorch archive.
# find_package(Torch) is avoided: from the wheel it demands nvcc and, with CUDA 13, fails to probe the architecture.
if(TARGET ease::torch)
  return()
endif()
if(NOT EASE_TORCH_DIR AND DEFINED ENV{EASE_TORCH_DIR}) # kept, so that a later run of CMake need not be told again
  set(EASE_TORCH_DIR $ENV{EASE_TORCH_DIR} CACHE PATH "Folder of libtorch (holds include/ and lib/)" FORCE)
endif()
if(EASE_TORCH_DIR)
  set(ease_torch_root ${EASE_TORCH_DIR})
elseif(EASE_TORCH_DIR_AT_INSTALL)
  set(ease_torch_root ${EASE_TORCH_DIR_AT_INSTALL})
else()
  file(GLOB ease_torch_root ${PROJECT_SOURCE_DIR}/.deps/venv/lib/python3*/site-packages/torch)
endif()
get_filename_component(ease_torch_root "${ease_torch_root}" ABSOLUTE)
if(NOT EXISTS "${ease_torch_root}/include/torch/csrc/api/include/torch/torch.h")
  if(DEFINED EASE_TORCH_DIR_AT_INSTALL)
    message(FATAL_ERROR "libtorch not found in '${ease_torch_root}': name yours with -DEASE_TORCH_DIR=/path/to/libtorch, or ask for "
                        "the components that do without it: find_package(ease COMPONENTS core http)")
  endif()
  message(FATAL_ERROR "libtorch not found in '${ease_torch_root}': run script/bootstrap, or name your own with "
                      "-DEASE_TORCH_DIR=/path/to/libtorch, or do without it: -DEASE_TORCH=OFF")
endif()

add_library(ease::torch INTERFACE IMPORTED GLOBAL)
target_include_directories(ease::torch INTERFACE ${ease_torch_root}/include ${ease_torch_root}/include/torch/csrc/api/include)
target_link_libraries(ease::torch INTERFACE ${ease_torch_root}/lib/libtorch_cpu.so ${ease_torch_root}/lib/libc10.so)
target_compile_definitions(ease::torch INTERFACE USE_C10D_GLOO)
# Without OpenMP at compile time at::parallel_for in a header runs on one thread, silently. The program must share libtorch's own
# OpenMP runtime: a second one would bring its own threads.
target_compile_options(ease::torch INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fopenmp>)
if(EXISTS ${ease_torch_root}/lib/libgomp.so.1)
  target_link_libraries(ease::torch INTERFACE ${ease_torch_root}/lib/libgomp.so.1)
else()
  target_link_options(ease::torch INTERFACE $<$<LINK_LANG_AND_ID:CXX,GNU>:-fopenmp>)
endif()
# The wheel's libraries need the CUDA runtime wheels beside them even on a machine without a GPU; they know where those are. The
# folder of libtorch in a program's RPATH is CMake's doing: an installed program names it in INSTALL_RPATH, and
# no option here may name it as well, or CMake does not find its own when it installs.
file(GLOB ease_nvidia_lib_dirs ${ease_torch_root}/../nvidia/*/lib)
foreach(dir IN LISTS ease_nvidia_lib_dirs)
  get_filename_component(dir ${dir} ABSOLUTE)
  target_link_options(ease::torch INTERFACE -Wl,-rpath-link,${dir})
endforeach()
if(EASE_CUDA)
  if(NOT EXISTS ${ease_torch_root}/lib/libtorch_cuda.so)
    message(FATAL_ERROR "EASE_CUDA is on, and the libtorch in '${ease_torch_root}' has no CUDA part: run script/bootstrap --cuda")
  endif()
  target_include_directories(ease::torch INTERFACE ${ease_torch_root}/../nvidia/cu13/include
                                                   ${ease_torch_root}/../nvidia/nccl/include)
  target_link_libraries(ease::torch INTERFACE -Wl,--no-as-needed ${ease_torch_root}/lib/libtorch_cuda.so
                                              ${ease_torch_root}/lib/libc10_cuda.so -Wl,--as-needed)
  target_compile_definitions(ease::torch INTERFACE EASE_WITH_CUDA=1 USE_C10D_NCCL)
endif()
