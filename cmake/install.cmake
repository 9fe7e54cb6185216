# cmake --install: below the prefix (/usr/local where none is given) the binary, the shared
# libraries that it brings (all but the C library's), the configuration and the systemd unit.
include(GNUInstallDirs)

install(TARGETS vivace RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Beside the multiarch folders: INSTALL_RPATH in layers.cmake names it.
install(DIRECTORY ${CMAKE_BINARY_DIR}/lib/ DESTINATION lib/vivace FILES_MATCHING PATTERN "*.so*")
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(CODE "set(source \"${CMAKE_SOURCE_DIR}\")")
install(CODE [[
  # What an administrator has changed stays.
  if(NOT EXISTS "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/etc/vivace/vivace.yaml")
    file(INSTALL "${source}/config/vivace.yaml" DESTINATION "${CMAKE_INSTALL_PREFIX}/etc/vivace")
  endif()
  # The unit names the prefix, which is known only now.
  set(unit "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system/vivace.service")
  message(STATUS "Installing: ${unit}")
  configure_file("${source}/deploy/systemd/vivace.service.in" "${unit}" @ONLY)
]])
