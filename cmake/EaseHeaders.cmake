# SPDX-License-Identifier: Apache-2.0
# Every header compiles by itself, twice in a row, with its layer's libraries only and without warnings: a missing include, a
# missing guard or an include that points to a higher layer stops the build. They are read as users of ease::compiled read them,
# without the definitions' includes; one file more takes all of a layer's headers with their definitions. Target ease_headers;
# ease_headers_core for one layer.
add_custom_target(ease_headers)

function(ease_check_headers layer)
  get_target_property(headers ease_${layer} HEADER_SET)
  list(FILTER headers INCLUDE REGEX "hpp$")
  set(sources)
  set(all "")
  foreach(header IN LISTS headers)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${ease_headers_root})
    string(REPLACE "/" "_" source ${header})
    set(source ${PROJECT_BINARY_DIR}/headers/${layer}/${source}.cpp)
    file(GENERATE OUTPUT ${source} CONTENT "#include <${header}>\n#include <${header}>  // NOLINT\n")
    set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS EASE_COMPILED)
    # A header that names none of libtorch's large headers is read without the precompiled ones, which would hide that it lacks
    # an include. Most of these take less time than loading those.
    file(STRINGS ${ease_headers_root}/${header} large LIMIT_COUNT 1 REGEX "^#include <(ATen/ATen\\.h|torch/)")
    if(layer MATCHES "llm|train|named" AND NOT large)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -O0)
    endif()
    list(APPEND sources ${source})
    string(APPEND all "#include <${header}>\n")
  endforeach()
  if(NOT sources)
    return()
  endif()
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/headers/all_of_${layer}.cpp CONTENT "${all}")
  list(APPEND sources ${PROJECT_BINARY_DIR}/headers/all_of_${layer}.cpp)
  add_library(ease_headers_${layer} OBJECT ${sources})
  target_link_libraries(ease_headers_${layer} PRIVATE ease_${layer} ease_own)
  if(layer MATCHES "llm|train|named") # of headers that include ATen/ATen.h, torch/csrc/autograd is not checked to be included
    ease_use_torch_pch(ease_headers_${layer})
  else()
    target_compile_options(ease_headers_${layer} PRIVATE -O0)
  endif()
  if(EASE_SANITIZE) # nothing here runs
    set_target_properties(ease_headers_${layer} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  add_dependencies(ease_headers ease_headers_${layer})
endfunction()

foreach(layer IN LISTS ease_layers)
  ease_check_headers(${layer})
endforeach()
