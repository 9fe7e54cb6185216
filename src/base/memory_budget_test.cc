#include "base/memory_budget.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(MemoryBudget, IsNeverExceededAndGivenBack) {
  MemoryBudget server(100);
  MemoryBudget query(80, &server);
  {
    MemoryLease lease(&query);
    EXPECT_TRUE(lease.Grow(50).has_value());
    EXPECT_EQ(lease.Grow(31).error().code, ErrorCode::kResourceExhausted);  // over its own
    EXPECT_EQ(query.used(), 50u);
    MemoryBudget other(80, &server);
    MemoryLease second(&other);
    EXPECT_FALSE(second.Grow(60).has_value());  // over the server's
    EXPECT_TRUE(second.Grow(50).has_value());
    EXPECT_EQ(other.used(), 50u);
    EXPECT_EQ(server.used(), 100u);
    MemoryLease moved(std::move(lease));
  }
  EXPECT_EQ(query.used(), 0u);
  EXPECT_EQ(server.used(), 0u);
}

TEST(MemoryLease, WithoutABudgetGrantsAll) {
  EXPECT_TRUE(MemoryLease().Grow(SIZE_MAX).has_value());
}

}  // namespace
}  // namespace vivace
