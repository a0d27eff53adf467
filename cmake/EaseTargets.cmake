# SPDX-License-Identifier: Apache-2.0
# The layers, lowest first. Each is header-only and links only what its folders may include, so that an include that points
# upwards fails to build. `ease::ease` is the first four. The other two are for programs whose users choose at run time, and
# are named by those who want them: ease::settings (options from a command line and a TOML file) and ease::named (models,
# guards, classifiers and teachers by name).
include(EaseDependencies)

set(ease_headers_root ${PROJECT_SOURCE_DIR}/include)

# ease_layer(NAME LINKS... HEADERS globs... NOT globs...): an INTERFACE target ease_NAME / ease::NAME with the headers that its
# globs match and are not ruled out.
function(ease_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS;HEADERS;NOT")
  list(TRANSFORM arg_HEADERS PREPEND ${ease_headers_root}/ease/)
  list(TRANSFORM arg_HEADERS REPLACE "hpp$" "ipp" OUTPUT_VARIABLE definitions) # core/compiled.hpp says what they are
  list(APPEND arg_HEADERS ${definitions})
  list(TRANSFORM arg_NOT PREPEND ${ease_headers_root}/ease/)
  list(TRANSFORM arg_NOT REPLACE "hpp$" "ipp" OUTPUT_VARIABLE definitions)
  list(APPEND arg_NOT ${definitions})
  file(GLOB headers CONFIGURE_DEPENDS ${arg_HEADERS})
  if(arg_NOT)
    file(GLOB others CONFIGURE_DEPENDS ${arg_NOT})
    list(REMOVE_ITEM headers ${others})
  endif()
  add_library(ease_${name} INTERFACE)
  add_library(ease::${name} ALIAS ease_${name})
  set_target_properties(ease_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(ease_${name} INTERFACE cxx_std_20)
  target_link_libraries(ease_${name} INTERFACE ${arg_LINKS})
  string(TOUPPER ${name} upper)
  target_compile_definitions(ease_${name} INTERFACE EASE_WITH_${upper}) # for ease.hpp
  target_sources(ease_${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${ease_headers_root} FILES ${headers})
  set(ease_layers ${ease_layers} ${name} PARENT_SCOPE)
endfunction()

ease_layer(core LINKS simdjson::simdjson range-v3::range-v3 ZLIB::ZLIB PkgConfig::ZSTD PkgConfig::PCRE2
                      PkgConfig::UTF8PROC Threads::Threads ${CMAKE_DL_LIBS} fmt::fmt-header-only ease::xxhash
           HEADERS ease.hpp core.hpp version.hpp */*.hpp */*/*.hpp
           NOT backend/torch.hpp backend/*/*.hpp hub/*/*.hpp llm/*.hpp llm/*/*.hpp train/*.hpp train/*/*.hpp settings/*.hpp named/*.hpp named/*/*.hpp)
if(EASE_HTTP)
  ease_layer(http LINKS ease_core CURL::libcurl OpenSSL::Crypto PkgConfig::YAML_CPP HEADERS http.hpp backend/*/*.hpp backend/*/*/*.hpp hub/*/*.hpp)
endif()
if(EASE_TORCH)
  ease_layer(llm LINKS ease_core ease::torch HEADERS llm.hpp llm/*.hpp llm/*/*.hpp backend/torch.hpp)
  ease_layer(train LINKS ease_llm HEADERS train.hpp train/*.hpp train/*/*.hpp)
endif()

add_library(ease INTERFACE)
add_library(ease::ease ALIAS ease)
list(TRANSFORM ease_layers PREPEND ease_ OUTPUT_VARIABLE ease_layer_targets)
target_link_libraries(ease INTERFACE ${ease_layer_targets})

if(EASE_SETTINGS)
  ease_layer(settings LINKS ease_core CLI11::CLI11 tomlplusplus::tomlplusplus HEADERS settings/*.hpp)
endif()
if(EASE_HTTP AND EASE_TORCH)
  ease_layer(named LINKS ease_http ease_train HEADERS named/*.hpp named/*/*.hpp)
endif()

# ease::compiled: the definitions of the .ipp files and fmt's, compiled once for those who link it
# (include/ease/core/compiled.hpp). fmt is header-only for all others: libtorch brings its headers, but no library.
set(ease_fmt_is_compiled -UFMT_HEADER_ONLY)
if(EASE_TORCH)
  file(GLOB definitions CONFIGURE_DEPENDS RELATIVE ${ease_headers_root} ${ease_headers_root}/ease/*/*.ipp
       ${ease_headers_root}/ease/*/*/*.ipp)
  foreach(layer settings named)
    if(NOT TARGET ease_${layer})
      list(FILTER definitions EXCLUDE REGEX "ease/${layer}/")
    endif()
  endforeach()
  foreach(file IN LISTS definitions)
    string(REPLACE "/" "_" unit ${file})
    file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/compiled/${unit}.cpp CONTENT "#define EASE_COMPILED_SOURCE\n#include <${file}>\n")
    list(APPEND ease_units ${PROJECT_BINARY_DIR}/compiled/${unit}.cpp)
    if(file MATCHES "^ease/(settings|named)/") # linked, with the libraries they need, by who uses those layers alone
      set_source_files_properties(${PROJECT_BINARY_DIR}/compiled/${unit}.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  add_library(ease_compiled STATIC ${ease_units} ${CMAKE_CURRENT_LIST_DIR}/compiled_fmt.cpp)
  add_library(ease::compiled ALIAS ease_compiled)
  set_target_properties(ease_compiled PROPERTIES EXPORT_NAME compiled)
  if(NOT PROJECT_IS_TOP_LEVEL)
    set_target_properties(ease_compiled PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  target_link_libraries(ease_compiled PUBLIC ease_train)
  # To compile, not to link: who uses those layers links them, and theirs are the libraries.
  foreach(other CLI11::CLI11 tomlplusplus::tomlplusplus CURL::libcurl)
    if(TARGET ${other})
      target_include_directories(ease_compiled SYSTEM PRIVATE $<TARGET_PROPERTY:${other},INTERFACE_INCLUDE_DIRECTORIES>)
      target_compile_options(ease_compiled PRIVATE $<TARGET_PROPERTY:${other},INTERFACE_COMPILE_OPTIONS>)
    endif()
  endforeach()
  target_compile_definitions(ease_compiled PUBLIC EASE_COMPILED)
  target_compile_options(ease_compiled PUBLIC ${ease_fmt_is_compiled})
endif()

# Warnings, sanitizers and shallow concept notes are for our own programs and tests, never for a user's.
# Warnings stop the build only with the compiler the project is tested with: a newer one that warns of more must not stop a user.
add_library(ease_own INTERFACE)
target_compile_options(ease_own INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\." AND NOT CMAKE_CXX_CLANG_TIDY)
  # g++ 12 sees overflows inside std::string's own code that are not there, once it inlines (GCC bug 105651).
  target_compile_options(ease_own INTERFACE -Werror -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
                                            -fconcepts-diagnostics-depth=2)
endif()
if(EASE_SANITIZE)
  target_compile_options(ease_own INTERFACE -fsanitize=${EASE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ease_own INTERFACE -fsanitize=${EASE_SANITIZE})
  if(EASE_SANITIZE MATCHES undefined) # its checks make g++ 12 see uninitialised members inside std::regex
    target_compile_options(ease_own INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# One torch translation unit takes 1 to 2 GB: as many at a time as memory allows.
cmake_host_system_information(RESULT ease_memory_mb QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR ease_torch_jobs "(${ease_memory_mb} + 2999) / 3000")
set_property(GLOBAL APPEND PROPERTY JOB_POOLS torch_pool=${ease_torch_jobs})

# ease_use_torch_pch(TARGET): the target's files share one precompiled set of torch headers, a third of their time otherwise.
function(ease_use_torch_pch target)
  if(NOT TARGET ease_torch_pch)
    file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/cmake/torch_pch.cpp CONTENT "\n")
    add_library(ease_torch_pch OBJECT ${PROJECT_BINARY_DIR}/cmake/torch_pch.cpp)
    target_link_libraries(ease_torch_pch PRIVATE ease_llm ease_own)
    target_compile_options(ease_torch_pch PRIVATE ${ease_fmt_is_compiled}) # as for all that link ease_compiled
    target_precompile_headers(ease_torch_pch PRIVATE <ATen/ATen.h> <torch/csrc/autograd/autograd.h>
                                                     <torch/csrc/autograd/custom_function.h>)
    set_target_properties(ease_torch_pch PROPERTIES JOB_POOL_COMPILE torch_pool)
  endif()
  target_precompile_headers(${target} REUSE_FROM ease_torch_pch)
  target_compile_options(${target} PRIVATE ${ease_fmt_is_compiled})
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE torch_pool)
endfunction()

if(TARGET ease_compiled)
  target_compile_options(ease_compiled PRIVATE $<TARGET_PROPERTY:ease_own,INTERFACE_COMPILE_OPTIONS>)
  ease_use_torch_pch(ease_compiled)
endif()
