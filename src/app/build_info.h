// What build this is: version, git revision and branch, as -version, /status/version, buildinfo and
// tempo_build_info show them. cmake/revision.cmake writes them when the program is built.
#pragma once

#include "api/routes/routes.h"

namespace vivace {

BuildInfo ThisBuild();

}  // namespace vivace
