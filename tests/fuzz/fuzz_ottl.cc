// Conditions of forwarders: any text must be refused with a message, or be evaluated on spans and
// events.
#include "columns/random_batch_for_test.h"
#include "forward/ottl.h"
#include "fuzz_target.h"

namespace vivace::fuzz {
namespace {

SpanBatch SomeSpans() {
  testing::Random random(1);
  const std::vector<TraceId> traces = {testing::RandomId<TraceId>(random)};
  return testing::RandomBatch(random, traces, 8);
}

void EvaluateAll(const OttlCondition& condition, OttlContext context) {
  static const SpanBatch batch = SomeSpans();
  for (uint32_t span = 0; span < batch.spans.size(); ++span) {
    std::deque<std::string> texts;
    if (context == OttlContext::kSpan)
      (void)condition({.batch = batch, .span = span, .texts = texts});
    if (context == OttlContext::kSpan) continue;
    const auto [begin, end] = batch.EventsOf(span);
    for (uint32_t event = begin; event < end; ++event)
      (void)condition({.batch = batch, .span = span, .event = event, .texts = texts});
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = ReadSourceLines("tests/data/forward/ottl.txt");
  std::erase_if(seeds, [](const std::string& line) { return line.starts_with('#'); });
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  for (const OttlContext context : {OttlContext::kSpan, OttlContext::kSpanEvent}) {
    const auto condition = ParseOttl(fuzz::AsText(data, size), context);
    fuzz::Require(condition.has_value() || !condition.error().message.empty(),
                  "an error has a message");
    if (condition.has_value()) fuzz::EvaluateAll(*condition, context);
  }
  return 0;
}
