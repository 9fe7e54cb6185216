#include "columns/nested_set.h"

#include <algorithm>
#include <numeric>

namespace vivace {
namespace {

constexpr uint32_t kNone = 0xffffffff;
constexpr uint8_t kServer = 2;
constexpr uint8_t kClient = 3;

// Finds spans by id: their indices sorted by id, document order within one id.
class SpanIndex {
 public:
  SpanIndex(std::span<const NestedSetInput> spans, std::vector<uint32_t>& by_id)
      : spans_(spans), by_id_(by_id) {
    by_id_.resize(spans.size());
    std::iota(by_id_.begin(), by_id_.end(), 0);
    std::sort(by_id_.begin(), by_id_.end(), [&](uint32_t a, uint32_t b) {
      const auto order = spans[a].span_id <=> spans[b].span_id;
      return order != 0 ? order < 0 : a < b;
    });
  }

  bool HasTriples() const {
    for (size_t i = 2; i < by_id_.size(); ++i) {
      if (spans_[by_id_[i - 2]].span_id == spans_[by_id_[i]].span_id) return true;
    }
    return false;
  }

  // Of two spans that share an id (Zipkin), a server's parent is the client and anybody else's the
  // server.
  uint32_t ParentOf(const NestedSetInput& span) const {
    const auto first = std::lower_bound(
        by_id_.begin(), by_id_.end(), span.parent_span_id,
        [&](uint32_t index, const SpanId& id) { return spans_[index].span_id < id; });
    if (first == by_id_.end() || spans_[*first].span_id != span.parent_span_id) return kNone;
    const auto second = first + 1;
    if (second == by_id_.end() || spans_[*second].span_id != span.parent_span_id) return *first;
    const uint8_t wanted = span.kind == kServer ? kClient : kServer;
    if (spans_[*first].kind == wanted) return *first;
    return spans_[*second].kind == wanted ? *second : kNone;
  }

 private:
  std::span<const NestedSetInput> spans_;
  std::vector<uint32_t>& by_id_;
};

// The children of each span in document order, as linked lists in `scratch`.
void LinkChildren(std::span<const NestedSetInput> spans, const SpanIndex& index,
                  NestedSetScratch& scratch) {
  scratch.first_child.assign(spans.size(), kNone);
  scratch.next_child.assign(spans.size(), kNone);
  for (size_t i = spans.size(); i-- > 0;) {  // backwards, so that lists come out in document order
    if (spans[i].parent_span_id.IsZero()) continue;
    const uint32_t parent = index.ParentOf(spans[i]);
    if (parent == kNone) continue;
    scratch.next_child[i] = scratch.first_child[parent];
    scratch.first_child[parent] = static_cast<uint32_t>(i);
  }
}

// Depth first from one root with a stack of its own: traces can be deeper than the thread's stack.
void NumberTree(uint32_t root, NestedSetScratch& scratch, std::span<NestedSetNumbers> numbers,
                int32_t& counter) {
  std::vector<uint32_t>& path = scratch.path;
  path.assign(1, root);
  numbers[root].left = counter++;
  numbers[root].parent = -1;
  while (!path.empty()) {
    const uint32_t at = path.back();
    const uint32_t child = scratch.first_child[at];
    if (child == kNone) {
      numbers[at].right = counter++;
      path.pop_back();
      continue;
    }
    scratch.first_child[at] = scratch.next_child[child];
    numbers[child].left = counter++;
    numbers[child].parent = numbers[at].left;
    path.push_back(child);
  }
}

}  // namespace

void NumberNestedSets(std::span<const NestedSetInput> spans, std::span<NestedSetNumbers> numbers,
                      NestedSetScratch& scratch) {
  std::fill(numbers.begin(), numbers.end(), NestedSetNumbers{});
  if (std::none_of(spans.begin(), spans.end(),
                   [](const NestedSetInput& span) { return span.parent_span_id.IsZero(); }))
    return;
  const SpanIndex index(spans, scratch.by_id);
  if (index.HasTriples()) return;
  LinkChildren(spans, index, scratch);
  int32_t counter = 1;
  for (uint32_t i = 0; i < spans.size(); ++i) {
    if (spans[i].parent_span_id.IsZero()) NumberTree(i, scratch, numbers, counter);
  }
}

}  // namespace vivace
