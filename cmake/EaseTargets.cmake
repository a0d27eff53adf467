# The four layers, lowest first. Each is header-only and links only what its folders may include, so that an include that
# points upwards fails to build. `ease::ease` is all of them.
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(range-v3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)

set(ease_include $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)

add_library(ease_core INTERFACE)
add_library(ease::core ALIAS ease_core)
target_compile_features(ease_core INTERFACE cxx_std_20)
target_include_directories(ease_core INTERFACE ${ease_include})
target_link_libraries(ease_core INTERFACE simdjson::simdjson range-v3::range-v3 ZLIB::ZLIB PkgConfig::PCRE2
                                          ${UTF8PROC_LIBRARY} Threads::Threads fmt::fmt-header-only)

add_library(ease INTERFACE)
add_library(ease::ease ALIAS ease)
target_link_libraries(ease INTERFACE ease_core)

if(EASE_HTTP)
  find_package(CURL REQUIRED)
  add_library(ease_http INTERFACE)
  add_library(ease::http ALIAS ease_http)
  target_link_libraries(ease_http INTERFACE ease_core CURL::libcurl)
  target_link_libraries(ease INTERFACE ease_http)
endif()

if(EASE_TORCH)
  include(EaseTorch)
  add_library(ease_llm INTERFACE)
  add_library(ease::llm ALIAS ease_llm)
  target_link_libraries(ease_llm INTERFACE ease_core ease_torch)
  add_library(ease_train INTERFACE)
  add_library(ease::train ALIAS ease_train)
  target_link_libraries(ease_train INTERFACE ease_llm)
  target_link_libraries(ease INTERFACE ease_train)
endif()

# Warnings, sanitizers and shallow concept notes are for our own programs and tests, never for a user's.
add_library(ease_own INTERFACE)
target_compile_options(ease_own INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(EASE_SANITIZE)
  target_compile_options(ease_own INTERFACE -fsanitize=${EASE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ease_own INTERFACE -fsanitize=${EASE_SANITIZE})
endif()

# One torch translation unit takes 2 GB: as many at a time as memory allows, never more than the cores.
cmake_host_system_information(RESULT ease_memory_mb QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR ease_torch_jobs "${ease_memory_mb} / 4000")
if(ease_torch_jobs LESS 1)
  set(ease_torch_jobs 1)
endif()
set_property(GLOBAL APPEND PROPERTY JOB_POOLS torch_pool=${ease_torch_jobs})
