# Writes OUTPUT, a header with the git revision and branch of SOURCE. Run at each build (by the
# target `revision` of CMakeLists.txt); the file is only touched where it changes, so that one
# source is compiled anew after a commit. A source tree that is no checkout has the revision
# "unknown".
function(git result)
  execute_process(COMMAND git -c safe.directory=* ${ARGN} WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE text OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(text "")
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

git(top rev-parse --show-toplevel)
file(REAL_PATH "${SOURCE}" source)
set(revision unknown)
set(branch "")
if(top STREQUAL source)  # not the checkout of something that the source was unpacked in
  git(revision describe --always --dirty --abbrev=9 --exclude=*)
  git(branch branch --show-current)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"#pragma once
#define VIVACE_VERSION \"${VERSION}\"
#define VIVACE_REVISION \"${revision}\"
#define VIVACE_BRANCH \"${branch}\"
")
