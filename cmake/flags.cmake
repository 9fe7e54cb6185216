# vivace_flags: how every target of the project is compiled and linked. A target takes them by
# vivace_target() (layers.cmake); nothing here touches third-party code that is built with the
# project.
add_library(vivace_flags INTERFACE)
target_compile_options(vivace_flags INTERFACE
  -Wall -Wextra -Werror -Wno-missing-field-initializers -pthread)
target_link_options(vivace_flags INTERFACE -fuse-ld=mold)

if(VIVACE_MARCH)
  target_compile_options(vivace_flags INTERFACE -march=${VIVACE_MARCH} -mtune=generic)
endif()

# GCC all but stops inlining in a unit of more than 10,000 instructions: a batch of sources gets
# what they would have alone. Without it decoding a span took a fifth longer. Here and not in the
# layers: what a precompiled header was compiled with wins.
if(VIVACE_UNITY)
  target_compile_options(vivace_flags INTERFACE --param=large-unit-insns=200000)
endif()

# Hardening of a server that reads what anybody sends. Sanitizers bring checks of their own, which
# fortified functions would hide. -fPIE also for libraries, because all of them end in programs:
# -fPIC would keep the compiler from inlining what another library could replace.
target_compile_options(vivace_flags INTERFACE -fPIE -fstack-protector-strong -fno-plt)
target_link_options(vivace_flags INTERFACE -pie -Wl,-z,relro,-z,now)
if(NOT VIVACE_SANITIZE)
  target_compile_options(vivace_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()

if(VIVACE_SANITIZE)
  # -O1 halves the build, and the stacks of a report are those of the sources.
  set(sanitize -fsanitize=${VIVACE_SANITIZE} -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # GCC 12 warns about Boost where there is nothing wrong: uninitialised optionals (with asan), and
  # that tsan ignores Asio's fences.
  list(APPEND sanitize -Wno-maybe-uninitialized)
  if(VIVACE_SANITIZE STREQUAL thread)
    list(APPEND sanitize -Wno-tsan)
  endif()
  target_compile_options(vivace_flags INTERFACE ${sanitize})
  target_link_options(vivace_flags INTERFACE -fsanitize=${VIVACE_SANITIZE})
endif()
if(VIVACE_FUZZ)
  # By a property: options of the target itself stand before those that it links.
  target_compile_options(vivace_flags INTERFACE
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:VIVACE_WITHOUT_COVERAGE>>>:-fsanitize-coverage=trace-pc>)
endif()
