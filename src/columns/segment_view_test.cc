#include "columns/segment_view.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "columns/random_batch_for_test.h"
#include "columns/view_text_for_test.h"

namespace vivace {
namespace {

using Order = SegmentView::Order;

// Every span of a view by its id, with the trace, resource and scope that it lies in.
std::map<uint64_t, std::string> SpansOf(const Segment& segment, Order order) {
  SegmentView view(segment, order);
  const auto trace_ids = view.TraceIds().value();
  const auto traces = view.Owners(RowKind::kTrace);
  const auto scopes = view.Owners(RowKind::kScope);
  const auto resources = view.Owners(RowKind::kResource);
  const auto events = view.Begins(RowKind::kEvent).value();
  const Column* ids = view.Load(Field::kSpanId).value();
  const Column* starts = view.Load(Field::kTraceStart).value();
  const Column* names = view.Load(Field::kScopeName).value();
  const Column* services = view.LoadAttribute(RowKind::kResource, "service.name").value();
  std::map<uint64_t, std::string> spans;
  for (uint32_t span = 0; span < view.rows(RowKind::kSpan); ++span) {
    std::string& text = spans[ids->numbers[span]];
    text = ToHex(trace_ids[traces[span]].View()) + " " +
           std::to_string(starts->numbers[traces[span]]) + " " +
           std::string(names->values->Value(names->codes[scopes[span]]).text) + " " +
           std::to_string(events[span + 1] - events[span]);
    if (services == nullptr || services->codes[resources[span]] == Column::kMissing) continue;
    const AttributeValue service = services->values->Value(services->codes[resources[span]]);
    text += " " + std::to_string(static_cast<int>(service.kind)) + ToHex(service.text);
  }
  return spans;
}

std::vector<TraceId> SomeTraces(testing::Random& random) {
  std::vector<TraceId> traces;
  for (int i = 0; i < 5; ++i) traces.push_back(testing::RandomId<TraceId>(random));
  return traces;
}

TEST(SegmentView, ShowsTheSameInBothOrders) {
  testing::Random random(3);
  const std::vector<TraceId> traces = SomeTraces(random);
  Segment segment;
  for (int i = 0; i < 10; ++i) segment.Append(testing::RandomBatch(random, traces, 30));
  const auto by_trace = SpansOf(segment, Order::kByTrace);
  EXPECT_EQ(by_trace.size(), 300u);
  EXPECT_EQ(SpansOf(segment, Order::kByArrival), by_trace);
}

TEST(SegmentView, IsWholeWhileTheSegmentGrows) {
  testing::Random random(4);
  const std::vector<TraceId> traces = SomeTraces(random);
  Segment segment;
  std::atomic<bool> done = false;
  std::thread appender([&] {
    for (int i = 0; i < 200; ++i) segment.Append(testing::RandomBatch(random, traces, 20));
    done = true;
  });
  size_t seen = 0;
  while (!done) {
    const size_t before = segment.span_count();
    const size_t by_arrival = SpansOf(segment, Order::kByArrival).size();
    EXPECT_GE(by_arrival, std::max(before, seen));
    EXPECT_EQ(by_arrival % 20, 0u);  // whole batches only
    seen = by_arrival;
    EXPECT_EQ(SpansOf(segment, Order::kByTrace).size() % 20, 0u);
    (void)segment.MayMatch("a", [](const AttributeValue&) { return false; });
  }
  appender.join();
  EXPECT_EQ(SpansOf(segment, Order::kByArrival), SpansOf(segment, Order::kByTrace));
}

}  // namespace
}  // namespace vivace
