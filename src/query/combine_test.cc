#include "query/combine.h"

#include <gtest/gtest.h>

#include "columns/span_batch_builder.h"

namespace vivace {
namespace {

SpanId Id(uint8_t low) {
  SpanId id;
  id.bytes[7] = low;
  id.bytes[0] = 0xb0;
  return id;
}

struct Fragments {
  SpanBatchBuilder builder;
  uint32_t scope;

  Fragments() { scope = builder.AddScope(builder.AddResource({}, 0, ""), "lib", "1.0", {}, 0, ""); }

  void Add(SpanId id, uint8_t kind, SpanId parent, uint64_t start, std::string_view name) {
    builder.BeginSpan();
    builder.row() = SpanRow{.span_id = id,
                            .parent_span_id = parent,
                            .start_unix_nanos = start,
                            .name = builder.AddString(name),
                            .kind = kind};
    builder.CommitSpan(scope);
  }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const uint32_t row : CombineTrace(builder.batch()))
      names.emplace_back(builder.batch().String(builder.batch().spans.name[row]));
    return names;
  }
};

using Names = std::vector<std::string>;

TEST(CombineTrace, FirstOfRepeatedSpansStays) {
  Fragments fragments;
  fragments.Add(Id(1), 1, {}, 5, "first");
  fragments.Add(Id(1), 1, {}, 4, "repeated");
  fragments.Add(Id(1), 4, {}, 6, "another kind");
  EXPECT_EQ(fragments.Names(), (Names{"first", "another kind"}));
}

TEST(CombineTrace, SortsByStartThenId) {
  Fragments fragments;
  fragments.Add(Id(9), 1, {}, 5, "c");
  fragments.Add(Id(2), 1, {}, 5, "b");
  fragments.Add(Id(3), 1, {}, 1, "a");
  EXPECT_EQ(fragments.Names(), (Names{"a", "b", "c"}));
}

// As the recorded trace 26: the server becomes 1 and the client's child.
TEST(CombineTrace, SeparatesSharedSpanIds) {
  Fragments fragments;
  fragments.Add(Id(8), 2, Id(7), 10, "server");
  fragments.Add(Id(8), 3, Id(7), 0, "client");
  fragments.Add(Id(5), 1, Id(8), 20, "child");
  fragments.Add(Id(4), 2, Id(5), 30, "other server");
  EXPECT_EQ(fragments.Names(), (Names{"client", "server", "child", "other server"}));
  const SpanColumns& spans = fragments.builder.batch().spans;
  SpanId one;
  one.bytes[7] = 1;
  EXPECT_EQ(spans.span_id[0], one);
  EXPECT_EQ(spans.parent_span_id[0], Id(8));
  EXPECT_EQ(spans.span_id[1], Id(8));
  EXPECT_EQ(spans.parent_span_id[1], Id(7));
  EXPECT_EQ(spans.parent_span_id[2], one);
  EXPECT_EQ(spans.span_id[3], Id(4));
}

TEST(CombineTrace, NewIdsAreUnused) {
  Fragments fragments;
  SpanId one;
  one.bytes[7] = 1;
  fragments.Add(one, 2, {}, 0, "server");
  fragments.Add(one, 3, {}, 1, "client");
  fragments.Names();
  SpanId two;
  two.bytes[7] = 2;
  EXPECT_EQ(fragments.builder.batch().spans.span_id[0], two);
}

// As the recorded traces 110 and 111.
TEST(CombineTrace, LoopsAreLeftAlone) {
  Fragments fragments;
  fragments.Add(Id(1), 1, Id(2), 0, "a");
  fragments.Add(Id(2), 1, Id(1), 1, "b");
  fragments.Add(Id(3), 1, Id(3), 2, "own parent");
  EXPECT_EQ(fragments.Names(), (Names{"a", "b", "own parent"}));
  EXPECT_EQ(fragments.builder.batch().spans.parent_span_id[2], Id(3));
}

TEST(CombineTrace, EmptyIsEmpty) { EXPECT_TRUE(Fragments().Names().empty()); }

}  // namespace
}  // namespace vivace
