// Helpers of the receiver tests: a sink that records what it was given, and batches as readable
// text.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "receive/span_sink.h"

namespace vivace {

class RecordingSink : public SpanSink {
 public:
  void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) override {
    pushed.emplace_back(std::move(context), std::move(batch));
    done(answer);
  }

  std::vector<std::pair<PushContext, SpanBatch>> pushed;
  PushResult answer;
};

inline std::string ValueText(const AttributeValue& value) {
  switch (value.kind) {
    case ValueKind::kEmpty:
      return "empty";
    case ValueKind::kString:
      return fmt::format("'{}'", value.text);
    case ValueKind::kBool:
      return value.bits != 0 ? "true" : "false";
    case ValueKind::kInt:
      return fmt::to_string(value.AsInt());
    case ValueKind::kDouble:
      return fmt::format("{}f", value.AsDouble());
    case ValueKind::kBytes:
      return "b:" + ToHex(value.text);
    case ValueKind::kArray:
      return "a:" + ToHex(value.text);
    case ValueKind::kKeyValueList:
      return "kv:" + ToHex(value.text);
  }
  return "?";
}

// "key=value key=value" of a row's attributes.
inline std::string AttributesText(const SpanBatch& batch, const AttributeLists& lists, size_t row) {
  std::string text;
  for (const AttributeCode code : lists.Row(row)) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", batch.AttributeKey(code),
                        ValueText(batch.Value(code)));
  }
  return text;
}

}  // namespace vivace
