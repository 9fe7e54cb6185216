#include "app/build_info.h"

#include "app/revision.h"

namespace vivace {
namespace {

// Grafana's data source switches features by it: streamed search from 2.2.0 on, streamed metrics
// from 2.7.0 on.
constexpr std::string_view kCompatibleTempo = "2.10.8";

}  // namespace

BuildInfo ThisBuild() {
  return {.version = std::string(kCompatibleTempo),
          .own_version = VIVACE_VERSION,
          .revision = VIVACE_REVISION,
          .branch = VIVACE_BRANCH};
}

}  // namespace vivace
