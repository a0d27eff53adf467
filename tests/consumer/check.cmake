# SPDX-License-Identifier: Apache-2.0
# Installs the headers of the build into a fresh prefix, then configures, builds and runs the user's project against that prefix.
file(REMOVE_RECURSE ${work}/prefix ${work}/build)
file(MAKE_DIRECTORY ${work})
foreach(command
    "${CMAKE_COMMAND} --install ${build} --prefix ${work}/prefix --component headers"
    "${CMAKE_COMMAND} -S ${project} -B ${work}/build -G ${generator} -DCMAKE_PREFIX_PATH=${work}/prefix -DCMAKE_CXX_COMPILER=${compiler}"
    "${CMAKE_COMMAND} --build ${work}/build"
    "${work}/build/own_pipeline")
  separate_arguments(command UNIX_COMMAND "${command}")
  execute_process(COMMAND ${command} WORKING_DIRECTORY ${work} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN command " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endforeach()
message(STATUS "${output}")
