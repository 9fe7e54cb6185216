#include "traceql/value/intrinsic.h"

#include <array>

namespace vivace::traceql {
namespace {

struct IntrinsicInfo {
  std::string_view name;
  std::optional<ValueType> type;
};

// By Intrinsic.
constexpr std::array<IntrinsicInfo, 23> kIntrinsics = {{
    {"", std::nullopt},
    {"duration", ValueType::kDuration},
    {"name", ValueType::kString},
    {"status", ValueType::kStatus},
    {"statusMessage", ValueType::kString},
    {"kind", ValueType::kKind},
    {"span:id", ValueType::kString},
    {"span:parentID", ValueType::kString},
    {"span:childCount", ValueType::kInt},
    {"rootName", ValueType::kString},
    {"rootServiceName", ValueType::kString},
    {"traceDuration", ValueType::kDuration},
    {"trace:id", ValueType::kString},
    {"event:name", ValueType::kString},
    {"event:timeSinceStart", ValueType::kDuration},
    {"link:traceID", ValueType::kString},
    {"link:spanID", ValueType::kString},
    {"instrumentation:name", std::nullopt},
    {"instrumentation:version", std::nullopt},
    {"nestedSetLeft", ValueType::kInt},
    {"nestedSetRight", ValueType::kInt},
    {"nestedSetParent", ValueType::kInt},
    {"parent", ValueType::kNil},
}};
static_assert(kIntrinsics.size() == static_cast<size_t>(Intrinsic::kParent) + 1);

}  // namespace

std::string_view IntrinsicName(Intrinsic intrinsic) {
  return kIntrinsics[static_cast<size_t>(intrinsic)].name;
}

std::optional<ValueType> TypeOf(Intrinsic intrinsic) {
  return kIntrinsics[static_cast<size_t>(intrinsic)].type;
}

}  // namespace vivace::traceql
