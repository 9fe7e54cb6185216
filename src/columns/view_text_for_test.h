// A view as text, by trace id: for tests that compare views of the same spans. Attributes are
// listed by the keys that the view lists.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "base/ids.h"
#include "columns/array_elements.h"
#include "columns/column_view.h"

namespace vivace {

class ViewText {
 public:
  explicit ViewText(ColumnView& view) : view_(view) {}

  std::map<std::string, std::string> ByTrace() {
    std::map<std::string, std::string> traces;
    const auto ids = view_.TraceIds().value();
    for (uint32_t trace = 0; trace < view_.rows(RowKind::kTrace); ++trace) {
      out_.str("");
      WriteTrace(trace);
      traces[ToHex(ids[trace].View())] = out_.str();
    }
    return traces;
  }

 private:
  std::pair<uint32_t, uint32_t> RowsOf(RowKind kind, uint32_t parent) {
    const auto begins = view_.Begins(kind).value();
    return {begins[parent], begins[parent + 1]};
  }

  void WriteField(const char* name, Field field, uint32_t row) {
    const Column* column = view_.Load(field).value();
    out_ << ' ' << name << '=';
    if (column->has_numbers()) {
      out_ << column->numbers[row];
    } else {
      const uint32_t code = column->codes[row];
      out_ << (code == Column::kMissing ? std::string_view() : column->values->Value(code).text);
    }
  }

  const std::map<std::string, const Column*>& ColumnsOf(RowKind owner) {
    const auto [at, is_new] = columns_.try_emplace(owner);
    if (is_new) {
      (void)view_.ListKeys(owner,
                           [&](std::string_view key) { at->second.try_emplace(std::string(key)); });
      for (auto& [key, column] : at->second) column = view_.LoadAttribute(owner, key).value();
    }
    return at->second;
  }

  void WriteAttributes(RowKind owner, uint32_t row) {
    for (const auto& [key, column] : ColumnsOf(owner)) {
      if (column == nullptr || column->codes[row] == Column::kMissing) continue;
      AttributeValue value = column->values->Value(column->codes[row]);
      // An array of one is its element; what can't be queried is only known to be there.
      const ArraySummary summary =
          value.kind == ValueKind::kArray ? SummarizeArray(value.text) : ArraySummary{};
      if (value.IsSeveral()) {
        out_ << ' ' << key << ":several" << SeveralText(value);
        continue;
      }
      const bool is_mixed =
          value.kind == ValueKind::kArray && (!summary.uniform || summary.count == 0);
      if (summary.uniform && summary.count == 1) {
        ForEachElement(value.text, [&value](const AttributeValue& element) {
          value = element;
          return false;
        });
      }
      const bool is_opaque = value.kind == ValueKind::kEmpty || value.kind == ValueKind::kBytes ||
                             value.kind == ValueKind::kKeyValueList || is_mixed;
      out_ << ' ' << key << ':';
      if (is_opaque) {
        out_ << '?';
      } else {
        out_ << int(value.kind) << ':' << value.bits << ':' << ToHex(value.text);
      }
    }
    out_ << '\n';
  }

  // The one that counts, then the others, of which the order is not kept.
  static std::string SeveralText(const AttributeValue& several) {
    std::vector<std::string> texts;
    ForEachElement(several.text, [&](const AttributeValue& value) {
      texts.push_back(" " + std::to_string(int(value.kind)) + ":" + std::to_string(value.bits) +
                      ":" + ToHex(value.text));
      return true;
    });
    std::sort(texts.begin() + 1, texts.end());
    return std::accumulate(texts.begin(), texts.end(), std::string());
  }

  void WriteTrace(uint32_t trace) {
    WriteField("start", Field::kTraceStart, trace);
    WriteField("end", Field::kTraceEnd, trace);
    WriteField("root", Field::kTraceRootName, trace);
    WriteField("service", Field::kTraceRootService, trace);
    out_ << '\n';
    const auto [begin, end] = RowsOf(RowKind::kResource, trace);
    for (uint32_t resource = begin; resource < end; ++resource) {
      out_ << "resource";
      WriteAttributes(RowKind::kResource, resource);
      const auto [first, last] = RowsOf(RowKind::kScope, resource);
      for (uint32_t scope = first; scope < last; ++scope) WriteScope(scope);
    }
  }

  void WriteScope(uint32_t scope) {
    out_ << "scope";
    WriteField("name", Field::kScopeName, scope);
    WriteField("version", Field::kScopeVersion, scope);
    WriteAttributes(RowKind::kScope, scope);
    const auto [begin, end] = RowsOf(RowKind::kSpan, scope);
    for (uint32_t span = begin; span < end; ++span) WriteSpan(span);
  }

  void WriteSpan(uint32_t span) {
    out_ << "span";
    WriteField("id", Field::kSpanId, span);
    WriteField("parent", Field::kSpanParentId, span);
    WriteField("name", Field::kSpanName, span);
    WriteField("kind", Field::kSpanKind, span);
    WriteField("status", Field::kSpanStatus, span);
    WriteField("message", Field::kSpanStatusMessage, span);
    WriteField("start", Field::kSpanStart, span);
    WriteField("end", Field::kSpanEnd, span);
    const NestedSetNumbers& numbers = view_.NestedSets().value()[span];
    out_ << " set=" << numbers.left << ',' << numbers.right << ',' << numbers.parent;
    WriteAttributes(RowKind::kSpan, span);
    const auto [events_begin, events_end] = RowsOf(RowKind::kEvent, span);
    for (uint32_t event = events_begin; event < events_end; ++event) {
      out_ << "event";
      WriteField("name", Field::kEventName, event);
      WriteField("time", Field::kEventTime, event);
      WriteAttributes(RowKind::kEvent, event);
    }
    const auto [links_begin, links_end] = RowsOf(RowKind::kLink, span);
    for (uint32_t link = links_begin; link < links_end; ++link) {
      out_ << "link " << ToHex(view_.LinkTraceIds().value()[link].View());
      WriteField("span", Field::kLinkSpanId, link);
      WriteAttributes(RowKind::kLink, link);
    }
  }

  ColumnView& view_;
  std::ostringstream out_;
  std::map<RowKind, std::map<std::string, const Column*>> columns_;
};

}  // namespace vivace
