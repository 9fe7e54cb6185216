#include "receive/attribute_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace vivace {
namespace {

// Beside a std::map, with few keys and with so many that there is a table.
TEST(AttributeMap, KeepsTheLastOfEachKey) {
  std::mt19937 random(3);
  for (const size_t count : {5u, 48u, 49u, 200u}) {
    std::vector<std::string> keys;
    for (size_t i = 0; i < count; ++i) keys.push_back("key" + std::to_string(i));
    AttributeMap map;
    std::map<std::string, int64_t> expected;
    for (int64_t step = 0; step < 3000; ++step) {
      const std::string& key = keys[random() % keys.size()];
      if (random() % 8 == 0) {
        const std::string& by = keys[random() % keys.size()];
        map.Replace(key, by, AttributeValue::Int(step));
        expected.erase(key);
        expected[by] = step;
      } else if (random() % 4 == 0) {
        map.Remove(key);
        expected.erase(key);
      } else {
        map.Put(key, AttributeValue::Int(step));
        expected[key] = step;
      }
      const std::string& asked = keys[random() % keys.size()];
      const AttributeValue* found = map.Find(asked);
      ASSERT_EQ(found != nullptr, expected.contains(asked));
      if (found != nullptr) {
        ASSERT_EQ(found->AsInt(), expected[asked]);
      }
    }
    std::map<std::string, int64_t> entries;
    for (const auto& [key, value] : map) entries.emplace(key, value.AsInt());
    EXPECT_EQ(entries, expected);
    map.Clear();
    EXPECT_TRUE(map.empty());
    EXPECT_EQ(map.Find(keys[0]), nullptr);
  }
}

TEST(AttributeMap, KeepsThePositionOfTheFirst) {
  AttributeMap map;
  for (const char* key : {"a", "b", "a", "c"}) map.Put(key, AttributeValue::String(key));
  std::string keys;
  for (const auto& [key, value] : map) keys += key;
  EXPECT_EQ(keys, "abc");
}

}  // namespace
}  // namespace vivace
