#include "app/build_info.h"

#include "app/revision.h"

namespace vivace {

BuildInfo ThisBuild() {
  return {.version = VIVACE_VERSION, .revision = VIVACE_REVISION, .branch = VIVACE_BRANCH};
}

}  // namespace vivace
