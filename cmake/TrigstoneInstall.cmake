# What `cmake --install` puts under a prefix for programs that embed the engine (component "embed"):
# libtrigstone, trigstone.h, and the files by which pkg-config and CMake find them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS trigstone_shared EXPORT trigstoneTargets COMPONENT embed
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} NAMELINK_COMPONENT embed)
install(FILES src/engine/trigstone.h DESTINATION include COMPONENT embed)
install(EXPORT trigstoneTargets NAMESPACE trigstone:: COMPONENT embed
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/trigstone)
file(WRITE ${PROJECT_BINARY_DIR}/trigstoneConfig.cmake
     "include(\"\${CMAKE_CURRENT_LIST_DIR}/trigstoneTargets.cmake\")\n")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/trigstoneConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/trigstoneConfig.cmake
              ${PROJECT_BINARY_DIR}/trigstoneConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/trigstone COMPONENT embed)
file(RELATIVE_PATH pkgconfig_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/trigstone.pc.in ${PROJECT_BINARY_DIR}/trigstone.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/trigstone.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT embed)
