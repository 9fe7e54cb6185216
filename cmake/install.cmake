# cmake --install: below the prefix (/usr/local where none is given) the binary, the shared
# libraries that it brings (all but the C library's), the configuration and the systemd unit.
include(GNUInstallDirs)

install(TARGETS vivace RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Beside the multiarch folders: INSTALL_RPATH in layers.cmake names it.
install(DIRECTORY ${CMAKE_BINARY_DIR}/lib/ DESTINATION lib/vivace FILES_MATCHING PATTERN "*.so*")
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(CODE "set(source \"${CMAKE_SOURCE_DIR}\")\nset(build \"${CMAKE_BINARY_DIR}\")")
install(CODE [[
  # Known only now.
  get_filename_component(prefix "${CMAKE_INSTALL_PREFIX}" ABSOLUTE)
  set(configuration "${prefix}/etc/vivace")
  if(prefix STREQUAL "/usr")
    set(configuration /etc/vivace)
  endif()
  # What an administrator has changed stays.
  if(NOT EXISTS "$ENV{DESTDIR}${configuration}/vivace.yaml")
    file(INSTALL "${source}/config/vivace.yaml" DESTINATION "${configuration}")
  endif()
  configure_file("${source}/deploy/systemd/vivace.service.in" "${build}/vivace.service" @ONLY)
  file(INSTALL "${build}/vivace.service" DESTINATION "${prefix}/lib/systemd/system")
]])
