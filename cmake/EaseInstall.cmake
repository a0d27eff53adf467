# SPDX-License-Identifier: Apache-2.0
# Install rules: `cmake --install build/release --prefix P`, then find_package(ease) with CMAKE_PREFIX_PATH=P. Components are the
# layers: find_package(ease COMPONENTS core) asks for no libtorch; without components, all layers that were built are there. The
# component "compiled" is ease::compiled, once it is built and installed. `--component headers`, `compiled` or `programs` installs a
# part; tests/consumer uses them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(ease_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ease)

foreach(layer IN LISTS ease_layers)
  install(TARGETS ease_${layer} EXPORT ease_${layer} COMPONENT headers FILE_SET HEADERS)
  install(EXPORT ease_${layer} NAMESPACE ease:: DESTINATION ${ease_package_dir} COMPONENT headers)
endforeach()
if(TARGET ease_compiled) # a component of its own: the headers need nothing built
  install(TARGETS ease_compiled EXPORT ease_compiled ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT compiled OPTIONAL)
  install(EXPORT ease_compiled NAMESPACE ease:: DESTINATION ${ease_package_dir} COMPONENT compiled)
endif()
if(TARGET ease_app) # its RPATH names libtorch's folder, so that bin/ease runs wherever the prefix is moved to
  # The same in the build tree: CMake marks a RPATH that it will change with a colon at its end, an empty entry, and the
  # program would load libraries out of the folder it is run in.
  # Beside it stands where libease_parquet.so is, in the build tree as in an installed one.
  set_target_properties(ease_app PROPERTIES INSTALL_RPATH "${ease_torch_root}/lib;$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/ease"
                                            BUILD_WITH_INSTALL_RPATH ON)
  install(TARGETS ease_app RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/easeConfig.cmake.in ${PROJECT_BINARY_DIR}/cmake/easeConfig.cmake
                              INSTALL_DESTINATION ${ease_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/easeConfigVersion.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/cmake/easeConfig.cmake ${PROJECT_BINARY_DIR}/cmake/easeConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/EaseDependencies.cmake ${CMAKE_CURRENT_LIST_DIR}/EaseTorch.cmake
        DESTINATION ${ease_package_dir} COMPONENT headers)
