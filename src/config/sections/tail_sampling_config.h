// Which of a tenant's traces are kept, decided when they are complete: policies in the terms of the
// collector's tail sampling.
//
// What each key means stands in tail_sampling_keys.cc. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/yaml/duration.h"

namespace vivace {

struct TailStringConfig {
  std::string key;
  std::vector<std::string> values;
  bool enabled_regex_matching = false;
  bool invert_match = false;
  friend bool operator==(const TailStringConfig&, const TailStringConfig&) = default;
};

struct TailNumberConfig {
  std::string key;
  int64_t min_value = 0;
  int64_t max_value = 0;
  bool invert_match = false;
  friend bool operator==(const TailNumberConfig&, const TailNumberConfig&) = default;
};

struct TailBooleanConfig {
  std::string key;
  bool value = false;
  bool invert_match = false;
  friend bool operator==(const TailBooleanConfig&, const TailBooleanConfig&) = default;
};

// One policy; `type` selects which of the members applies.
struct TailPolicyConfig {
  std::string name;
  std::string type;
  int64_t threshold_ms = 0;        // latency
  int64_t upper_threshold_ms = 0;  // latency; 0: none
  std::vector<std::string> status_codes;
  TailStringConfig string_attribute;
  TailNumberConfig numeric_attribute;
  TailBooleanConfig boolean_attribute;
  std::optional<double> sampling_percentage;
  std::string hash_salt;
  int64_t spans_per_second = 0;
  int64_t min_spans = 0;
  int64_t max_spans = 0;  // 0: none
  std::string query;      // traceql
  std::vector<TailPolicyConfig> all_of;
  std::vector<TailPolicyConfig> any_of;
  std::vector<TailPolicyConfig> none_of;
  std::vector<TailPolicyConfig> drop;
  friend bool operator==(const TailPolicyConfig&, const TailPolicyConfig&) = default;
};

struct TailSamplingConfig {
  Duration decision_wait{};                // 0: kDefaultDecisionWait
  uint64_t num_traces = 0;                 // 0: kDefaultNumTraces
  std::vector<TailPolicyConfig> policies;  // empty: all traces are kept

  static constexpr Duration kDefaultDecisionWait = std::chrono::seconds(30);
  static constexpr uint64_t kDefaultNumTraces = 50'000;
  friend bool operator==(const TailSamplingConfig&, const TailSamplingConfig&) = default;
};

}  // namespace vivace
