// The keys of `usage_report`.
#include "config/keys/keys.h"

namespace vivace {

void DeclareUsageReport(ConfigSection& section) {
  section.Unused("reporting_enabled", true,
                 "Tempo sends usage statistics to Grafana Labs; Vivace never does.");
  DeclareBackoff(section.Group("backoff", "backoff.Config", "Pauses between attempts."),
                 std::chrono::milliseconds(100), std::chrono::seconds(10), 0);
}

}  // namespace vivace
