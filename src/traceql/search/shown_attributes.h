// ShownAttributes: which attributes a search shows of a span that matched, and their values
// (spec/traceql.md 4.3).
//
// A value is shown where a condition of the query accepts it. An attribute without scope may show
// twice, the span's and the resource's; of events and links the last value that is accepted is
// shown. Of attributes that are selected and missing the text nil is shown where their condition
// says so (Condition::shows_nil). Made once per view, one thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "traceql/expression/attribute_reader.h"
#include "traceql/expression/comparison.h"
#include "traceql/pipeline/conditions.h"
#include "traceql/search/found_trace.h"

namespace vivace::traceql {

class ShownAttributes {
 public:
  // What attributes are called: by their key alone (search), or as a query writes them (exemplars).
  enum class Keys : uint8_t { kKeyOnly, kWithScope };
  static Result<ShownAttributes> Make(std::span<const Condition> conditions, const ViewRows& rows,
                                      Keys keys = Keys::kKeyOnly);

  // Appends what is shown of the span, its name into `name`.
  void Read(uint32_t span, std::vector<FoundAttribute>& attributes, std::string& name) const;

 private:
  struct Test {
    Condition::Test test = Condition::Test::kAny;
    std::optional<Comparison> comparison;
    bool Accepts(const Datum& value) const;
  };
  // One attribute of one scope, with all conditions on it.
  struct Entry {
    AttributeReader reader;
    std::string key;
    bool has_nil_test = false;
    std::vector<Test> tests;
    bool Accepts(const Datum& value) const;
  };

  // Of a selected attribute, with or without scope: where its value may come from.
  struct Selected {
    std::string key;
    std::vector<size_t> entries;
  };

  ShownAttributes(const ViewRows& rows, Keys keys) : rows_(&rows), keys_(keys) {}
  // The number of its entry.
  Result<size_t> Add(const Attribute& attribute, const Condition& condition);
  Result<size_t> AddTest(const Attribute& attribute, Test test);
  std::string NameOf(const Attribute& attribute) const;
  std::optional<OwnedDatum> ValueOf(const Entry& entry, uint32_t span) const;

  const ViewRows* rows_;
  Keys keys_;
  std::vector<Entry> entries_;
  std::vector<Selected> selected_;         // those that show that they are missing
  mutable std::vector<uint8_t> is_shown_;  // scratch, by entry
};

}  // namespace vivace::traceql
