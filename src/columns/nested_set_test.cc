#include "columns/nested_set.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <random>

namespace vivace {
namespace {

constexpr uint8_t kInternal = 1;
constexpr uint8_t kServer = 2;
constexpr uint8_t kClient = 3;

struct Node {
  uint8_t id;
  uint8_t parent;  // 0: none
  uint8_t kind = kInternal;
};

SpanId IdOf(uint32_t number) {
  SpanId id;
  std::memcpy(id.bytes.data(), &number, sizeof number);
  return id;
}

std::vector<NestedSetNumbers> Number(const std::vector<NestedSetInput>& spans) {
  std::vector<NestedSetNumbers> numbers(
      spans.size(), NestedSetNumbers{7, 7, 7});  // what is there before must not matter
  static NestedSetScratch scratch;               // neither what an earlier trace left in it
  NumberNestedSets(spans, numbers, scratch);
  return numbers;
}

struct Case {
  const char* name;
  std::vector<Node> spans;                     // in document order
  std::vector<std::array<int32_t, 3>> wanted;  // left, right, parent
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class NestedSet : public testing::TestWithParam<Case> {};

TEST_P(NestedSet, NumbersAsTempoDoes) {
  std::vector<NestedSetInput> spans;
  for (const Node& node : GetParam().spans)
    spans.push_back({IdOf(node.id), IdOf(node.parent), node.kind});
  const auto numbers = Number(spans);
  ASSERT_EQ(numbers.size(), GetParam().wanted.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ((std::array{numbers[i].left, numbers[i].right, numbers[i].parent}),
              GetParam().wanted[i])
        << "span " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NestedSet,
    testing::Values(
        Case{"None", {}, {}}, Case{"OneRoot", {{1, 0}}, {{1, 2, -1}}},
        // The example of spec/storage.md 3.5: R with the children A(B) and C.
        Case{"Example",
             {{1, 0}, {2, 1}, {3, 2}, {4, 1}},
             {{1, 8, -1}, {2, 5, 1}, {3, 4, 2}, {6, 7, 1}}},
        Case{"ChildBeforeParent", {{3, 2}, {2, 1}, {1, 0}}, {{3, 4, 2}, {2, 5, 1}, {1, 6, -1}}},
        Case{"ChildrenInDocumentOrder",
             {{3, 1}, {1, 0}, {2, 1}},
             {{2, 3, 1}, {1, 6, -1}, {4, 5, 1}}},
        Case{"SeveralRootsContinueTheCounter",
             {{1, 0}, {2, 0}, {3, 1}, {4, 2}},
             {{1, 4, -1}, {5, 8, -1}, {2, 3, 1}, {6, 7, 5}}},
        Case{"NoRoot", {{2, 1}, {3, 2}}, {{0, 0, 0}, {0, 0, 0}}},
        Case{"OrphansStayUnnumbered",
             {{1, 0}, {2, 9}, {3, 2}, {4, 1}},
             {{1, 4, -1}, {0, 0, 0}, {0, 0, 0}, {2, 3, 1}}},
        Case{"LoopStaysUnnumbered",
             {{1, 0}, {2, 3}, {3, 2}, {4, 3}},
             {{1, 2, -1}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}},
        Case{"OwnParent", {{1, 0}, {2, 2}}, {{1, 2, -1}, {0, 0, 0}}},
        // A client and the server that took over its id: the server hangs below the client, other
        // children below the server.
        Case{"SharedId",
             {{1, 0}, {2, 1, kClient}, {2, 2, kServer}, {3, 2}, {4, 2, kClient}},
             {{1, 10, -1}, {2, 9, 1}, {3, 8, 2}, {4, 5, 3}, {6, 7, 3}}},
        Case{"SharedIdServerFirst",
             {{2, 2, kServer}, {2, 1, kClient}, {1, 0}},
             {{3, 4, 2}, {2, 5, 1}, {1, 6, -1}}},
        Case{"SharedIdOfTheWantedKindTwice",
             {{1, 0}, {2, 1, kServer}, {2, 1, kServer}, {3, 2}},
             {{1, 8, -1}, {2, 5, 1}, {6, 7, 1}, {3, 4, 2}}},
        Case{"SharedIdOfNoWantedKind",
             {{1, 0}, {2, 1}, {2, 1, kClient}, {3, 2}},
             {{1, 6, -1}, {2, 3, 1}, {4, 5, 1}, {0, 0, 0}}},
        Case{"ServerWantsAClient",
             {{1, 0}, {2, 1, kServer}, {2, 1}, {3, 2, kServer}},
             {{1, 6, -1}, {2, 3, 1}, {4, 5, 1}, {0, 0, 0}}},
        Case{"SharedRootId",
             {{1, 0, kClient}, {1, 0, kServer}, {2, 1}},
             {{1, 2, -1}, {3, 6, -1}, {4, 5, 3}}},
        Case{"ThreeOfOneId",
             {{1, 0}, {2, 1}, {2, 1, kClient}, {2, 1, kServer}},
             {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}}),
    [](const auto& info) { return info.param.name; });

// Word by word from spec/storage.md 3.5.
std::vector<NestedSetNumbers> NumberNaively(const std::vector<NestedSetInput>& spans) {
  std::vector<NestedSetNumbers> numbers(spans.size());
  std::map<SpanId, std::vector<size_t>> by_id;
  for (size_t i = 0; i < spans.size(); ++i) by_id[spans[i].span_id].push_back(i);
  for (const auto& [id, nodes] : by_id) {
    if (nodes.size() > 2) return numbers;
  }
  std::map<size_t, std::vector<size_t>> children;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].parent_span_id.IsZero()) continue;
    const auto& candidates = by_id[spans[i].parent_span_id];
    const uint8_t wanted = spans[i].kind == kServer ? kClient : kServer;
    for (const size_t candidate : candidates) {
      if (candidates.size() == 2 && spans[candidate].kind != wanted) continue;
      children[candidate].push_back(i);
      break;
    }
  }
  int32_t counter = 1;
  const std::function<void(size_t, int32_t)> visit = [&](size_t at, int32_t parent) {
    numbers[at].left = counter++;
    numbers[at].parent = parent;
    for (const size_t child : children[at]) visit(child, numbers[at].left);
    numbers[at].right = counter++;
  };
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].parent_span_id.IsZero()) visit(i, -1);
  }
  return numbers;
}

TEST(NestedSetTwin, AgreesOnRandomTraces) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<NestedSetInput> spans(random() % 12 + 1);
    const uint32_t ids = static_cast<uint32_t>(random() % 16 + 1);
    for (NestedSetInput& span : spans) {
      span = {IdOf(static_cast<uint32_t>(random() % ids + 1)),
              IdOf(static_cast<uint32_t>(random() % (ids + 1))),
              static_cast<uint8_t>(random() % 4)};
    }
    const auto numbers = Number(spans);
    const auto expected = NumberNaively(spans);
    for (size_t i = 0; i < spans.size(); ++i) {
      ASSERT_EQ(numbers[i].left, expected[i].left) << "round " << round << " span " << i;
      ASSERT_EQ(numbers[i].right, expected[i].right) << "round " << round << " span " << i;
      ASSERT_EQ(numbers[i].parent, expected[i].parent) << "round " << round << " span " << i;
    }
  }
}

TEST(NestedSetDepth, AChainOf200000SpansNeedsNoStack) {
  constexpr int32_t kSpans = 200'000;
  std::vector<NestedSetInput> spans;
  for (int32_t i = kSpans; i > 0; --i)
    spans.push_back(
        {IdOf(static_cast<uint32_t>(i)), IdOf(static_cast<uint32_t>(i - 1)), kInternal});
  const auto numbers = Number(spans);
  for (int32_t i = 1; i <= kSpans; ++i) {
    const NestedSetNumbers& at = numbers[static_cast<size_t>(kSpans - i)];
    ASSERT_EQ(at.left, i);
    ASSERT_EQ(at.right, 2 * kSpans - i + 1);
    ASSERT_EQ(at.parent, i == 1 ? -1 : i - 1);
  }
}

TEST(NestedSetWidth, ARootWith200000ChildrenIsLinear) {
  constexpr uint32_t kSpans = 200'000;
  std::vector<NestedSetInput> spans{{IdOf(1), {}, kInternal}};
  for (uint32_t i = 2; i <= kSpans; ++i) spans.push_back({IdOf(i), IdOf(1), kInternal});
  const auto numbers = Number(spans);
  EXPECT_EQ(numbers[0].right, static_cast<int32_t>(2 * kSpans));
  EXPECT_EQ(numbers[kSpans - 1].left, static_cast<int32_t>(2 * kSpans - 2));
}

}  // namespace
}  // namespace vivace
