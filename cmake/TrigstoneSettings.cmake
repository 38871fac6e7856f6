# Compiler settings and third parties. Everything a target needs reaches it through a CMake target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(TRIGSTONE_WITH_TORCH "build src/learn, which needs libtorch" ON)
set(TRIGSTONE_SANITIZE "" CACHE STRING "sanitizers for every target, for example address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_program(ccache_program ccache)
if(ccache_program)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_program})
endif()

add_library(trigstone_options INTERFACE)
target_compile_options(trigstone_options INTERFACE -Wall -Wextra -Wpedantic -Wno-pedantic
                       -Werror=switch -Werror=return-type
                       # g++ 12 reports string assignments of the standard library (GCC PR 105329)
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_include_directories(trigstone_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(TRIGSTONE_SANITIZE)
  target_compile_options(trigstone_options INTERFACE -fsanitize=${TRIGSTONE_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(trigstone_options INTERFACE -fsanitize=${TRIGSTONE_SANITIZE})
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(Protobuf REQUIRED)
find_package(hwy REQUIRED)
find_path(tomlplusplus_include toml++/toml.h REQUIRED)
find_path(libzip_include zip.h REQUIRED)  # Debian's libzip-config.cmake asks for its tools, too
find_library(libzip_library zip REQUIRED)
find_path(boost_include boost/multiprecision/cpp_int.hpp REQUIRED)
find_path(hepmc3_include HepMC3/GenEvent.h REQUIRED)
find_library(hepmc3_library HepMC3 REQUIRED)
find_path(onnx_include onnx/onnx_pb.h REQUIRED)
find_library(onnx_proto_library onnx_proto REQUIRED)
add_library(trigstone_onnx INTERFACE)
target_include_directories(trigstone_onnx SYSTEM INTERFACE ${onnx_include})
target_compile_definitions(trigstone_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_link_libraries(trigstone_onnx INTERFACE ${onnx_proto_library} protobuf::libprotobuf)
# Debian's own python3, which has numpy: another one earlier on PATH may not.
find_program(python_program python3 HINTS /usr/bin REQUIRED)
