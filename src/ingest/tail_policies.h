// TailPolicies: which traces a tenant keeps, by the policies of the collector's tail sampling and
// by TraceQL conditions.
//
// Decides several traces at once, all of whose spans are in one batch. A trace is kept where a
// policy samples it, unless one with invert_match or a drop policy vetoes it. One thread at a time:
// the rate limit has state.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "columns/span_batch.h"
#include "config/sections/tail_sampling_config.h"

namespace vivace {

enum class TailDecision : uint8_t {
  kNotSampled,
  kSampled,
  kVeto,  // not kept, whatever other policies decide
};

// The traces to decide: their spans by trace, as rows of the batch.
struct TailTraces {
  const SpanBatch& batch;
  std::vector<TraceId> ids;
  std::vector<uint32_t> rows;  // trace i has those from ends[i - 1] to ends[i]
  std::vector<uint32_t> ends;
  std::chrono::steady_clock::time_point now;

  std::span<const uint32_t> RowsOf(size_t trace) const {
    const uint32_t begin = trace == 0 ? 0 : ends[trace - 1];
    return std::span(rows).subspan(begin, ends[trace] - begin);
  }
};

class TailPolicy {
 public:
  virtual ~TailPolicy() = default;
  // Of trace `trace` of those that Prepare was called with.
  virtual TailDecision Decide(const TailTraces& traces, size_t trace) = 0;
  // For policies that look at all traces together.
  virtual Status Prepare(const TailTraces& /*traces*/) { return {}; }
};

class TailPolicies {
 public:
  // INVALID_ARGUMENT names the policy that cannot work.
  static Result<std::unique_ptr<TailPolicies>> Make(const TailSamplingConfig& config);

  struct Decisions {
    std::vector<bool> kept;                                   // by trace
    std::vector<std::vector<TailDecision>> policy_decisions;  // by policy and trace
  };
  // A policy that fails samples no trace; its error is returned with the decisions of the others.
  std::pair<Decisions, Status> Decide(const TailTraces& traces);

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<TailPolicy>> policies_;
};

// The policy that a configuration describes. INVALID_ARGUMENT without its name.
Result<std::unique_ptr<TailPolicy>> MakeTailPolicy(const TailPolicyConfig& config);

}  // namespace vivace
